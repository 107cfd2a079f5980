"""What one sample says at once, so that a breach is told while it happens."""

from bot.domain.judge.finding import Finding
from bot.domain.judge.gauges import GAUGES, judge_reading, target_of
from bot.domain.policy import Policy
from bot.domain.sample import Sample


def live_findings(policy: Policy, sample: Sample) -> dict[str, Finding]:
    """Judge the leader lock and the heartbeats of one sample, by criterion; an excluded criterion is left out."""
    roles = (role for role in GAUGES if role not in policy.excluded)
    return {role: judge_reading(target_of(role, policy), sample.readings.get(role)) for role in roles}
