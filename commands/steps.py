"""The steps of a long command: run one by one, timed, and shown to whoever watches."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.domain.evidence import TimedStep
from bot.domain.steps import Step, StepState
from bot.domain.verdict import Verdict
from bot.errors import BurninError
from bot.ports import Clock


class Progress(Protocol):
    """Shows how far a long command is. It gets all steps each time, and must not raise."""

    async def __call__(self, steps: tuple[Step, ...]) -> None:
        """Show the steps as they stand."""
        ...


async def no_progress(steps: tuple[Step, ...]) -> None:
    """Show nothing: for a front that only wants the end."""


class Steps:
    """Runs the steps of one command. `done` holds those that ended, in order."""

    def __init__(self, names: Sequence[str], progress: Progress, clock: Clock) -> None:
        self._names = names
        self._progress = progress
        self._clock = clock
        self.done: list[TimedStep] = []

    async def run(self, name: str, work: Callable[[], Awaitable[tuple[Verdict, str]]]) -> None:
        """Run one step. What it raises as BurninError ends it as INCONCLUSIVE, and goes on to the caller."""
        await self._show(name)
        began = self._clock.monotonic()
        try:
            verdict, detail = await work()
        except BurninError as error:
            self._end(name, Verdict.INCONCLUSIVE, began, str(error))
            raise
        self._end(name, verdict, began, detail)

    async def show_end(self) -> None:
        """Show the steps once more, none under way."""
        await self._show("")

    def _end(self, name: str, verdict: Verdict, began: float, detail: str) -> None:
        seconds = round(self._clock.monotonic() - began, 3)
        self.done.append(TimedStep(name=name, verdict=verdict, seconds=seconds, detail=detail))

    async def _show(self, current: str) -> None:
        ended = {step.name: step for step in self.done}
        await self._progress(tuple(_shown(name, ended.get(name), current) for name in self._names))


def _shown(name: str, ended: TimedStep | None, current: str) -> Step:
    if ended is not None:
        state = StepState.COMPLETE if ended.verdict is Verdict.PASS else StepState.ERROR
        return Step(name=name, state=state, detail=ended.detail, seconds=ended.seconds)
    return Step(name=name, state=StepState.IN_PROGRESS if name == current else StepState.PENDING)
