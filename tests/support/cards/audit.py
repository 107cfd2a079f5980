"""The audit trail as Slack shows it: commands and acts, narrowed down, cut, empty, and with words from outside."""

from datetime import timedelta

from bot.domain.results import AuditReport, AuditRow, StatusList
from bot.slack.cards import Message, render_report
from tests.support.slack_samples import AT, NASTY, status


def _row(number: int, **more: object) -> AuditRow:
    given = {
        "seq": number,
        "at": AT - timedelta(minutes=number),
        "actor": "Asha",
        "origin": "slack",
        "command": "check",
    }
    rest = {"args": "", "outcome": "done", "seconds": 0.4, "timezone": "Asia/Kolkata"}
    return AuditRow.model_validate({**given, **rest, **more})


_FLATTENS = (_row(7, command="flatten", verdict="PASS", seconds=0.31), _row(3, command="flatten", seconds=1.04))
_REFUSED = _row(5, actor="Gus", command="flatten", outcome="refused", detail="flatten needs the role operator.")
_ACTS = (
    _row(9, actor="burnin", command="session ended", args="2026-11-20", seconds=None),
    _row(8, actor="scheduler", command="lapse", args="2026-11-19", verdict="INCONCLUSIVE", seconds=2.2),
    _row(
        2, actor="burnin", command="delivery blocked", outcome="failed", args="C01", seconds=None, detail="is_archived"
    ),
    _row(1, actor="burnin", command="bot started", seconds=None, detail="burnin 0.1.0 on desk"),
)

MESSAGES: dict[str, Message] = {
    "audit_narrowed": render_report(AuditReport(rows=_FLATTENS, narrowed="of flatten by @asha on 2026-11-20")),
    "audit_acts": render_report(AuditReport(rows=(*_ACTS[:2], _REFUSED, *_ACTS[2:]))),
    "audit_cut": render_report(AuditReport(rows=(_row(1, args="", detail="it " * 60, timezone="UTC"),), older=True)),
    "status_under_legal_hold": render_report(StatusList(traders=(status(legal_hold="case 2026-17"),))),
    "status_under_legal_hold_hostile": render_report(StatusList(traders=(status(legal_hold=NASTY),))),
    "audit_none": render_report(AuditReport(rows=(), narrowed="by @asha"), "audit"),
    "audit_hostile": render_report(AuditReport(rows=(_row(1, actor=NASTY, args=NASTY),) * 40, narrowed=NASTY)),
}
