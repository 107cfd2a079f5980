"""The words beside a clearance's certificate: what it certifies, until when, and how a pipeline checks it."""

from shlex import join

from bot.domain.issued import file_of as envelope_file
from bot.domain.notice import CertificateReady
from bot.slack.cards.blocks import clip, code, escape, section
from bot.slack.cards.message import Message, message
from bot.slack.cards.words import coverage, who

_SHOWN = 12  # characters of a digest
_LONGEST = 400  # characters of a build


def render(certificate: CertificateReady, trader: str) -> Message:
    """Which build is certified until when, and the line that checks it."""
    again = "🔏 New certificate" if certificate.renewed else "🔏 Certificate"
    signed = f", signed off by {who(certificate.signed.actor)}" if certificate.signed else ""
    at = certificate.expires_at
    until = f"<!date^{int(at.timestamp())}^{{date_short}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"
    said = (
        f"{again} of the clearance · {escape(trader, 80)} ({escape(certificate.environment, 80)}) · "
        f"build {escape(certificate.build, 80)} · {coverage(certificate.excluded)}{signed}. Valid until {until}; "
        f"digest {certificate.digest[:_SHOWN]}. A pipeline flips only on exit code 0 of:"
    )
    line = _line(certificate, trader)
    return message(f"{said} {escape(line)}", [section(said), code(line)])


def _line(certificate: CertificateReady, trader: str) -> str:
    """The line that checks it, to be typed as it stands: a build may have any characters, and an image's is long."""
    of = ("--trader", clip(trader, 80), "--environment", clip(certificate.environment, 80))
    words = ("FILE", "--key", "burnin.key.pub", *of, "--build", clip(certificate.build, _LONGEST))
    return f"burnin clearance verify {join(words)}"


def file_of(certificate: CertificateReady) -> bytes:
    """Return the certificate's file."""
    return envelope_file(certificate.envelope)
