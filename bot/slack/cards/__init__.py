"""Facts in, Block Kit out: the only place that knows what a block is. One file for each kind of message."""

from bot.domain.notice import (
    BotReturned,
    CertificateReady,
    Cleared,
    CommandDone,
    CommandProgress,
    DayCard,
    Notice,
    ProgressEnded,
    Reminder,
    ReportFile,
    Revoked,
    RowsFile,
    ScriptDone,
    SessionPicture,
    SignedOff,
    TraderRestartSeen,
    VerdictReached,
    VoidAsked,
    VoidDecided,
    WatchChange,
)
from bot.domain.results import (
    AuditReport,
    CheckReport,
    DayReport,
    DrillReport,
    FlattenReport,
    HelpReport,
    HistoryReport,
    ReconcileReport,
    ReminderReport,
    Report,
    ReportAsked,
    SelfTestReport,
    SignOffReport,
    StatusList,
    VoidReport,
)
from bot.slack.cards import (
    audit,
    bot_returned,
    certificate,
    check,
    clearance,
    command_done,
    day_card,
    help,  # noqa: A004 - the card is named for the command
    history,
    progress,
    reminder,
    report_file,
    rows_file,
    script_done,
    session_picture,
    status,
    trader_restart,
    verdict,
    void,
    watch_change,
)
from bot.slack.cards.message import Message
from bot.slack.cards.plain import terminal

__all__ = ["Message", "plain_text", "render", "render_report", "terminal"]


def render(notice: Notice, trader: str) -> Message:  # noqa: PLR0911, PLR0912 - one return a kind
    """Return the message that says a notice about a trader."""
    match notice:
        case DayCard():
            return day_card.render(notice, trader)
        case Reminder():
            return reminder.render(notice, trader)
        case WatchChange():
            return watch_change.render(notice, trader)
        case TraderRestartSeen():
            return trader_restart.render(notice, trader)
        case CommandDone():
            return command_done.render(notice)
        case CommandProgress():
            return progress.render(notice)
        case ProgressEnded():
            return progress.render_ended(notice)
        case ScriptDone():
            return script_done.render(notice, trader)
        case VerdictReached():
            return verdict.render(notice, trader)
        case Cleared():
            return clearance.render_cleared(notice, trader)
        case Revoked():
            return clearance.render_revoked(notice, trader)
        case SignedOff():
            return clearance.render_signed_off(notice, trader)
        case VoidAsked():
            return void.render_asked(notice, trader)
        case VoidDecided():
            return void.render_decided(notice, trader)
        case SessionPicture():
            return session_picture.render(notice, trader)
        case RowsFile():
            return rows_file.render(notice, trader)
        case ReportFile():
            return report_file.render(notice, trader)
        case CertificateReady():
            return certificate.render(notice, trader)
        case BotReturned():
            return bot_returned.render(notice, trader)


def plain_text(notice: Notice, trader: str) -> str:
    """Return what a notice says, as lines for a terminal."""
    return terminal(render(notice, trader))


def render_report(report: Report, hint: str = "") -> Message:  # noqa: PLR0911 - one return a kind
    """Return the message that answers with a report; `hint` is the line that may come next."""
    match report:
        case CheckReport():
            return check.render_report(report, hint)
        case DrillReport() | FlattenReport() | ReconcileReport() | SelfTestReport():
            return command_done.render_report(report)
        case DayReport():
            return day_card.render_report(report)
        case StatusList():
            return status.render_report(report)
        case HistoryReport():
            return history.render_report(report)
        case ReminderReport():
            return reminder.render_report(report)
        case VoidReport():
            return void.render_report(report)
        case SignOffReport():
            return clearance.render_report(report)
        case ReportAsked():
            return report_file.render_report(report)
        case AuditReport():
            return audit.render_report(report, hint)
        case HelpReport():
            return help.render_report(report)
