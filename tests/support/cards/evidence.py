"""Reports and certificates, as they are said with their files."""

from datetime import UTC, date, datetime

from bot.domain.notice import CertificateReady, ReportFile
from bot.domain.people import Actor, SignOff
from bot.domain.results import ReportAsked
from bot.domain.verdict import Verdict
from bot.slack.cards import render, render_report
from bot.slack.cards.message import Message

ASHA = Actor(kind="slack", id="U0ASHA", name="Asha")
AT = datetime(2026, 11, 25, 10, 5, tzinfo=UTC)
DAYS = (date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25))
HOSTILE = "<!channel> *_~`\u202e" * 20

CERTIFICATE = CertificateReady(
    number=7,
    digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    build="a1b2c3d",
    environment="paper",
    excluded={},
    expires_at=datetime(2026, 11, 28, 10, 5, tzinfo=UTC),
    envelope={"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []},
)

MESSAGES: dict[str, Message] = {
    "report of a day that passed": render(ReportFile(days=DAYS[:1], verdict=Verdict.PASS), "nifty-orb"),
    "report of a void day": render(ReportFile(days=DAYS[:1], verdict=Verdict.FAIL, void=True), "nifty-orb"),
    "report of a burn-in, asked for": render(ReportFile(days=DAYS, actor=ASHA), "nifty-orb"),
    "report, hostile names": render(ReportFile(days=DAYS, actor=Actor(kind="slack", id="U1", name=HOSTILE)), HOSTILE),
    "report is on its way": render_report(ReportAsked(trader="nifty-orb", days=DAYS[:1])),
    "report of the burn-in is on its way": render_report(ReportAsked(trader="nifty-orb", days=DAYS, whole=True)),
    "certificate": render(CERTIFICATE, "nifty-orb"),
    "certificate, signed off anew": render(
        CERTIFICATE.model_copy(update={"signed": SignOff(actor=ASHA, at=AT), "renewed": True}), "nifty-orb"
    ),
    "certificate, not of everything": render(
        CERTIFICATE.model_copy(update={"environment": "unguarded", "excluded": {"alerts": "no Prometheus here"}}),
        "nifty-orb",
    ),
    "certificate, long image": render(
        CERTIFICATE.model_copy(update={"build": "registry.example/desk/nifty-orb@sha256:" + "ab" * 32}), "nifty-orb"
    ),
    "certificate, hostile build": render(
        CERTIFICATE.model_copy(update={"build": HOSTILE, "environment": HOSTILE}), HOSTILE
    ),
}
