"""The judge: pure functions from policy, session and evidence to verdicts. No evidence is never PASS."""

from bot.domain.judge.counters import restarted_between
from bot.domain.judge.drill import judge_drill
from bot.domain.judge.finding import Finding
from bot.domain.judge.flatten import judge_flatten
from bot.domain.judge.judgement import Judgement, judge
from bot.domain.judge.live import LiveJudge
from bot.domain.judge.quick import judge_gauges
from bot.domain.judge.reasons import Reason, describe_reason
from bot.domain.judge.reconcile import judge_reconcile, judge_reconcile_check
from bot.domain.judge.self_test import judge_self_test

__all__ = [
    "Finding",
    "Judgement",
    "LiveJudge",
    "Reason",
    "describe_reason",
    "judge",
    "judge_drill",
    "judge_flatten",
    "judge_gauges",
    "judge_reconcile",
    "judge_reconcile_check",
    "judge_self_test",
    "restarted_between",
]
