"""The app's Home in every state."""

from bot.domain.results import StatusList
from bot.slack.cards.status import home
from tests.support.cards import View
from tests.support.slack_samples import REPORTS


def _home(name: str) -> View:
    statuses = REPORTS[name]
    assert isinstance(statuses, StatusList)
    return home(statuses)


VIEWS: dict[str, View] = {
    "home": _home("statuses"),
    "home_many_long": _home("statuses_many"),
    "home_unknown": home(None),
}
