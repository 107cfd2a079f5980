"""What the desk's people do in the chaos suite, and when it is over: each act is typed and seen to its end."""

from contextlib import suppress

from bot.domain.entry import CommandFinished, CommandStarted
from bot.sandbox.workspace.state import CHANNEL_ID, OPERATOR, SlackError
from tests.acceptance.chaos.stage import TRADER, ChaosStage
from tests.support.eventually import eventually

_WITHIN = 45.0  # seconds
IN_SESSION = ("check", "drill", "flatten", "reconcile", "selftest")


class People:
    """Asha, who types. What she types into a bot that dies under it she types again, if the bot does not know of it."""

    def __init__(self, stage: ChaosStage) -> None:
        self._stage = stage

    async def do(self, command: str) -> None:
        """Type a command and wait for its outcome on the ledger.

        Raises:
            TimeoutError: it did not end, or the bot did not take it.
        """
        before = len(self._stage.eye.entries)
        await self.type(command)
        await eventually(lambda: self.has_ended(command, before), _WITHIN)

    async def type(self, command: str) -> None:
        """Type a command, and confirm it where that is asked for."""
        if command == "flatten":
            await self._flatten()
        else:
            await self._stage.workspace.type_command(OPERATOR, CHANNEL_ID, f"/burnin {command}")

    def has_begun(self, command: str, since: int) -> bool:
        """Tell whether an intent of hers is on the ledger, among the entries from one on."""
        return bool(self._started(command, since))

    def has_ended(self, command: str, since: int) -> bool:
        """Tell whether her command, begun among the entries from one on, has its outcome."""
        ended = {e.body.started for e in self._stage.eye.entries[since:] if isinstance(e.body, CommandFinished)}
        return any(seq in ended for seq in self._started(command, since))

    def _started(self, command: str, since: int) -> list[int]:
        return [
            entry.seq
            for entry in self._stage.eye.entries[since:]
            if isinstance(entry.body, CommandStarted) and entry.body.command == command and entry.actor.kind != "bot"
        ]

    async def _flatten(self) -> None:
        """Open a position, ask for a flatten and confirm it in the form, or on the card in its place."""
        stage, workspace = self._stage, self._stage.workspace
        if not await stage.positions():
            await stage.take_position()
        before = {*self._forms(), *self._cards()}
        await workspace.type_command(OPERATOR, CHANNEL_ID, "/burnin flatten")
        await eventually(lambda: {*self._forms(), *self._cards()} - before, _WITHIN)
        for form in [view for view in self._forms() if view not in before]:
            await workspace.submit_view(OPERATOR, form, {"typed": {"typed": TRADER}})
        for card in [ts for ts in self._cards() if ts not in before]:
            with suppress(SlackError):  # the card was pressed, and is gone
                await workspace.click(OPERATOR, card, "confirm:flatten", confirmed=True)

    def _forms(self) -> list[str]:
        return [view["id"] for view in self._stage.workspace.views(OPERATOR)]

    def _cards(self) -> list[str]:
        said = self._stage.workspace.ephemerals(OPERATOR, CHANNEL_ID)
        return [one["ts"] for one in said if one["text"].startswith("⚠️ Flatten")]
