"""What recognises a delivery of Slack's, and how long a press counts."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.slack.ask import Ask, Payload, Pressed, delivery_key
from bot.slack.cards.blocks import AGAIN, ONCE
from bot.slack.deliveries import Deliveries
from bot.slack.replies import ByResponseUrl
from tests.support.clock import ManualClock

START = datetime(2026, 11, 24, 3, 45, tzinfo=UTC)
COMMAND: Payload = {"command": "/burnin", "trigger_id": "13.7"}
CLICK: Payload = {"type": "block_actions", "trigger_id": "13.7", "actions": [{"action_ts": "1.5"}]}
SUBMISSION: Payload = {"type": "view_submission", "trigger_id": "13.7", "view": {"id": "V1", "hash": "156.x"}}
EVENT: Payload = {"type": "event_callback", "event_id": "Ev1"}
PRESS = Ask(
    line="drill",
    user="U1",
    team="T1",
    channel="C1",
    request="r",
    reply=ByResponseUrl("https://hooks.slack.com/x", None),
    pressed=Pressed(block_id=AGAIN, ephemeral=False, ts="1.0"),
)


@pytest.mark.parametrize("body", [COMMAND, CLICK, SUBMISSION, EVENT])
def test_the_same_delivery_has_the_same_key(body: Payload) -> None:
    """A digest, in which nothing of Slack's tokens can be read; no two kinds share one."""
    assert delivery_key(dict(body)) == delivery_key(body)
    assert len(delivery_key(body)) == 64
    assert [delivery_key(other) for other in (COMMAND, CLICK, SUBMISSION, EVENT)].count(delivery_key(body)) == 1


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (COMMAND, {"trigger_id": "13.8"}),
        (CLICK, {"actions": [{"action_ts": "1.6"}]}),
        (SUBMISSION, {"view": {"id": "V1", "hash": "157.x"}}),
        (EVENT, {"event_id": "Ev2"}),
    ],
)
def test_another_delivery_has_another_key(body: Payload, changed: Payload) -> None:
    """Whoever types, presses or submits anew is heard anew."""
    assert delivery_key({**body, **changed}) != delivery_key(body)


def test_a_submission_is_known_by_its_view_alone() -> None:
    """Each attempt to hand in the same view has a trigger of its own."""
    assert delivery_key({**SUBMISSION, "trigger_id": "other"}) == delivery_key(SUBMISSION)


def test_what_cannot_be_recognised_always_runs() -> None:
    """A payload without its trigger is no repetition of another one."""
    assert delivery_key({"command": "/burnin"}) == ""
    deliveries = Deliveries(ManualClock(START))
    assert deliveries.is_first("")
    assert deliveries.is_first("")


def test_a_delivery_is_first_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many come in between, as long as they are not more than are remembered."""
    monkeypatch.setattr("bot.slack.deliveries._MOST", 3)
    deliveries = Deliveries(ManualClock(START))
    assert [deliveries.is_first(key) for key in "abcab"] == [True, True, True, False, False]
    assert [deliveries.is_first(key) for key in "dea"] == [True, True, True]


async def test_within_three_seconds_a_press_is_a_double_click() -> None:
    """Of one button, one message and one person; a button that stays may be pressed again later."""
    clock = ManualClock(START)
    deliveries = Deliveries(clock)
    assert not deliveries.is_double(PRESS)
    assert deliveries.is_double(PRESS)
    others = [replace(PRESS, user="U2"), replace(PRESS, line="check"), replace(PRESS, channel="C2")]
    assert not any(deliveries.is_double(other) for other in others)
    await clock.advance(3)
    assert not deliveries.is_double(PRESS)


async def test_a_form_may_soon_be_opened_again() -> None:
    """Only the second click of a double click opens no second one, also of a button in a card that is asked once."""
    clock = ManualClock(START)
    deliveries = Deliveries(clock)
    for block_id in (AGAIN, ONCE):
        press = replace(PRESS, opens=True, pressed=Pressed(block_id=block_id, ephemeral=True, ts=block_id))
        assert not deliveries.is_double(press)
        assert deliveries.is_double(press)
        deliveries.release(press)
        await clock.advance(1)
        assert not deliveries.is_double(press)


@pytest.mark.parametrize(
    "press",
    [
        replace(PRESS, pressed=Pressed(block_id=ONCE, ephemeral=False, ts="1.0")),
        replace(PRESS, confirmed=True),
    ],
)
async def test_a_button_that_is_pressed_once_counts_until_it_ran_nothing(press: Ask) -> None:
    """An hour later it is still pressed; released, only the double click remains one."""
    clock = ManualClock(START)
    deliveries = Deliveries(clock)
    assert not deliveries.is_double(press)
    await clock.advance(3600)
    assert deliveries.is_double(press)
    deliveries.release(press)
    assert not deliveries.is_double(press)
