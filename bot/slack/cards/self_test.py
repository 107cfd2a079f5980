"""What a self-test planted, and what was found of it."""

from bot.domain.evidence import Case, PlantedCase, PlantedRows
from bot.domain.results import SelfTestReport
from bot.domain.verdict import Verdict
from bot.slack.cards.blocks import Block, captioned, context, escape, lines
from bot.slack.cards.criteria import name_of
from bot.slack.cards.words import ICON, plural

_CASES: tuple[Case, ...] = ("breach", "clean", "no evidence")


def details(report: SelfTestReport) -> list[Block]:
    """One row a criterion with how it was judged in each case, one line a SQL check."""
    shown = {(case.criterion, case.case): case for case in report.cases}
    rows = [
        (name_of(criterion), *(_judged(shown.get((criterion, case))) for case in _CASES))
        for criterion in dict.fromkeys(case.criterion for case in report.cases)
    ]
    columns = ("Criterion", "Breach", "Clean day", "No evidence")
    blocks = captioned("How planted days were judged; ✅ means as they must be", columns, rows) if rows else []
    blocks += lines([_check(check) for check in report.checks])
    if report.uncontrolled:
        names = ", ".join(escape(name, 80) for name in report.uncontrolled)
        blocks.append(context(f"Without a control, so never seen to find anything: {names}"))
    return blocks


def _judged(case: PlantedCase | None) -> str:
    """The sign says whether it was judged as it must be, the word how."""
    if case is None:
        return "not shown"
    return f"{ICON[Verdict.PASS if case.caught else Verdict.FAIL]} {case.found}"


def _check(rows: PlantedRows) -> str:
    name = escape(rows.check, 80)
    if rows.found is None or rows.error is not None:
        return f"{ICON[Verdict.INCONCLUSIVE]} {name}: {escape(rows.error or 'not tried', 300)}"
    planted = "" if rows.expected is None else f", {rows.expected} planted"
    return f"{ICON[Verdict.PASS if rows.caught else Verdict.FAIL]} {name}: {plural(rows.found, 'row')} found{planted}"
