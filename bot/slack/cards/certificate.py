"""The words beside a clearance's certificate: what it certifies, until when, and how a pipeline checks it."""

from bot.domain.issued import file_of as envelope_file
from bot.domain.notice import CertificateReady
from bot.slack.cards.blocks import code, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import who

_SHOWN = 12  # characters of a digest


def render(certificate: CertificateReady, trader: str) -> Message:
    """Which build is certified until when, and the line that checks it."""
    again = "🔏 New certificate" if certificate.renewed else "🔏 Certificate"
    signed = f", signed off by {who(certificate.signed.actor)}" if certificate.signed else ""
    at = certificate.expires_at
    until = f"<!date^{int(at.timestamp())}^{{date_short}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"
    said = (
        f"{again} of the clearance · {escape(trader, 80)} · build {escape(certificate.build, 80)}{signed}. "
        f"Valid until {until}; digest {certificate.digest[:_SHOWN]}. A pipeline flips only on exit code 0 of:"
    )
    line = f"burnin clearance verify FILE --key burnin.pub --build {escape(certificate.build, 80)}"
    return message(f"{said} {line}", [section(said), code(line)])


def file_of(certificate: CertificateReady) -> bytes:
    """Return the certificate's file."""
    return envelope_file(certificate.envelope)
