"""The fault table, alerts: what fires, and everything for which the silence of a Prometheus is no proof."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.evidence import Evidence
from bot.domain.policy import Policy
from tests.support.faults import ALWAYS, no_alert_source, prometheus, rules_file, rules_loaded
from tests.support.scenario import Scenario, asking_prometheus, fault, harmless, hold, judged
from tests.support.simulated_day import CLOSE

_NOT_LOADED = {"alerts": "INCONCLUSIVE rules_not_loaded"}
_INCOMPLETE = {"alerts": "INCONCLUSIVE history_incomplete"}
_RESTARTED = {"alerts": "INCONCLUSIVE prometheus_restarted"}
_NOT_WATCHED = {"alerts": "INCONCLUSIVE not_watched"}
_NONE = {"policy": Policy(excluded={"alerts": "no Prometheus on this host"})}


def _fires(since: float, until: float, name: str = "TraderDown") -> list[tuple[float, float, str]]:
    return [(since, until, name)]


def _without_rules(evidence: Evidence) -> Evidence:
    assert evidence.alerts is not None
    return replace(evidence, alerts=evidence.alerts.model_copy(update={"rules": ()}))


TABLE = [
    fault("no Prometheus is configured", no_alert_source(), alerts="INCONCLUSIVE no_alert_source"),
    harmless("no Prometheus is configured, and alerts are excluded", no_alert_source(), day=_NONE),
    judged("a rules file without a rule", _without_rules, alerts="INCONCLUSIVE no_rules"),
    *asking_prometheus(
        harmless("a Prometheus whose rules are silent"),
        # what fires
        fault("an alert fires for half a minute", prometheus(fired=_fires(60, 90)), alerts="FAIL fired"),
        fault("an alert fires for a moment", prometheus(fired=_fires(60, 60.2)), alerts="FAIL fired"),
        fault("an alert fires over the open", prometheus(fired=_fires(-30, 0.3)), alerts="FAIL fired"),
        fault("an alert fires over the close", prometheus(fired=_fires(CLOSE - 1, CLOSE + 90)), alerts="FAIL fired"),
        harmless("an alert fires before the open only", prometheus(fired=_fires(-60, -1))),
        harmless("an alert fires after the close only", prometheus(fired=_fires(CLOSE + 0.5, CLOSE + 90))),
        harmless("an alert fires that is not in the file", prometheus(fired=_fires(60, 90, "DiskFull"))),
        fault(
            "an alert fires, and Prometheus forgets it in a restart",
            prometheus(fired=_fires(60, 70), starts=[80.0]), alerts="FAIL fired",
        ),
        fault(
            "an alert fires, and later Prometheus cannot be asked",
            prometheus(fired=_fires(60, 70), away=[(90, 900)]), alerts="FAIL fired",
        ),
        fault(
            "an alert fires, and Prometheus's clock is ten minutes ahead",
            prometheus(fired=_fires(60, 70), ahead=600.0), alerts="FAIL fired",
        ),
        # the rules
        fault("no rule is loaded", rules_loaded(*ALWAYS), **_NOT_LOADED),
        fault("no rule is loaded for a moment", rules_loaded(60, 62), **_NOT_LOADED),
        fault("no rule is loaded from before the close", rules_loaded(CLOSE - 5, 900), **_NOT_LOADED),
        harmless("no rule is loaded before the open", rules_loaded(-10, -1)),
        fault("the rule has another expression", rules_loaded(*ALWAYS, query="up == 2"), **_NOT_LOADED),
        harmless("the rule is spelt with other blanks", rules_loaded(*ALWAYS, query='up{job="trader"}==0')),
        fault("the rule waits longer", rules_loaded(*ALWAYS, duration=3600), **_NOT_LOADED),
        fault("the rule has other labels", rules_loaded(*ALWAYS, labels={}), **_NOT_LOADED),
        fault("the rule has another name", rules_loaded(*ALWAYS, name="Down"), **_NOT_LOADED),
        fault(
            "the rule cannot be evaluated", rules_loaded(60, 62, health="err", lastError="boom"),
            **_NOT_LOADED,
        ),
        fault("the rule was not evaluated yet", rules_loaded(0, 30, health="unknown"), **_NOT_LOADED),
        # the file
        fault(
            "the rules file is changed in the session", rules_file(60, lambda text: text.replace("10s", "11s")),
            **_INCOMPLETE,
        ),
        fault(
            "rules file and rules are changed in the session", rules_file(60, lambda text: text.replace("10s", "11s")),
            rules_loaded(60, 900, duration=11), **_INCOMPLETE,
        ),
        fault(
            "the rule that fired is taken out of the file", prometheus(fired=_fires(30, 40)),
            rules_file(60, lambda text: text.replace("TraderDown", "Other")), rules_loaded(60, 900, name="Other"),
            alerts="FAIL fired",
        ),
        fault(
            "the rules file breaks for a while", rules_file(60, lambda text: "groups: ["), rules_file(70, str),
            **_NOT_LOADED,
        ),
        fault("the rules file is empty", rules_file(-9, lambda text: "groups: []"), **_INCOMPLETE),
        # the evaluations
        fault("an evaluation fails", prometheus(failed=[60.0]), alerts="INCONCLUSIVE evaluation_failed"),
        fault("an evaluation is missed", prometheus(missed=[60.0]), alerts="INCONCLUSIVE evaluation_missed"),
        fault(
            "an evaluation fails in the first second, or in the last", prometheus(failed=[0.5, CLOSE - 0.5]),
            alerts="INCONCLUSIVE evaluation_failed",
        ),
        harmless("evaluations failed before the open", prometheus(failed=[-500.0, -30.0], missed=[-60.0])),
        fault(
            "failed evaluations are lost in a restart", prometheus(failed=[60.0], starts=[70.0]),
            **_RESTARTED,
        ),
        fault("it does not count its evaluations", prometheus(tells_evaluations=False), **_INCOMPLETE),
        # the server
        fault("Prometheus starts anew in the session", prometheus(starts=[60.0]), **_RESTARTED),
        fault(
            "Prometheus starts anew and is away for a while", prometheus(starts=[75.0], dead=[(60.0, 75.0)]),
            **_RESTARTED,
        ),
        fault("Prometheus starts with the session", prometheus(starts=[0.5]), **_RESTARTED),
        harmless("Prometheus starts before the open", prometheus(starts=[-30.0])),
        fault(
            "Prometheus is paused", prometheus(dead=[(40.0, 75.0)], missed=[76.0]),
            alerts="INCONCLUSIVE evaluation_missed",
        ),
        harmless("Prometheus does not answer for 50 s", prometheus(away=[(30, 80)])),
        fault("Prometheus does not answer for 70 s", prometheus(away=[(20, 90)]), **_NOT_WATCHED),
        fault("Prometheus does not answer all day", prometheus(away=[(-10, CLOSE + 0.5)]), **_NOT_WATCHED),
        fault("Prometheus does not answer at the close", prometheus(away=[(CLOSE - 1, 900)]), **_INCOMPLETE),
        fault("Prometheus does not answer, ever", prometheus(away=[(-10, 900)]), **_INCOMPLETE),
        fault("Prometheus answers in part at the close", prometheus(in_part=[(CLOSE + 1, 900)]), **_INCOMPLETE),
        fault("Prometheus answers in part all day", prometheus(in_part=[(-10, CLOSE + 0.5)]), **_NOT_WATCHED),
        fault("Prometheus's clock is ten minutes ahead", prometheus(ahead=600.0), **_INCOMPLETE),
        fault("Prometheus's clock is ten minutes behind", prometheus(ahead=-600.0), **_INCOMPLETE),
        harmless("Prometheus starts just before the open", prometheus(dead=[(-9e9, -1.0)], starts=[-1.0])),
        fault(
            "an alert fires while nobody can look, and Prometheus's clock is ahead",
            prometheus(fired=_fires(60, 70), away=[(58, 72)], ahead=600.0), **_INCOMPLETE,
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
async def test_the_table_holds(scenario: Scenario, tmp_path: Path) -> None:
    """Each row's day comes to the verdicts and reasons that it names, and no fault passes."""
    await hold(scenario, tmp_path)
