"""Deals the days of a run: every boundary once before any comes again, random times among them, odd days in between."""

import random
from collections.abc import Iterator, Sequence

from tests.acceptance.chaos.campaign import DayPlan
from tests.acceptance.chaos.desk import IN_SESSION
from tests.acceptance.chaos.kill_points import Boundary, KillPoint

_BY_TIME = 0.15  # the share of the kills that come at a random time
_LONGEST = {"start": 3.0, "end": 2.0}  # seconds; about what a phase takes
_USUALLY = 2.5  # seconds
_A_DAY = {"start": 2, "end": 1, "close": 2, "closed": 1}
_IN_SESSION_A_DAY = 5
_DECIDED = Boundary("ledger", "day_closed")  # a close that is typed again after it does nothing any more
_BLIND, _FAULTY, _FORGOTTEN = (4, 2), (6, 4), (5, 3)  # every so many days, beginning with this one
_FAULT = "leader-flap"


class Deck:
    """Kill points, shuffled.

    Args:
        points: all there are, in the order in which an undisturbed day comes by them.
        chance: shuffles.
    """

    def __init__(self, points: Sequence[KillPoint], chance: random.Random) -> None:
        self._order = {point: place for place, point in enumerate(points)}
        self._chance = chance
        self._in_session = self._endless([point for point in points if point.phase in IN_SESSION])
        closing = [point for point in points if point.phase == "close"]
        decided = next(place for place, point in enumerate(closing) if point.boundary == _DECIDED)
        around = {phase: [point for point in points if point.phase == phase] for phase in ("start", "end")}
        around |= {"close": closing[:decided], "closed": closing[decided:]}
        self._around = {phase: self._endless(found) for phase, found in around.items()}
        self._day = 0

    def deal(self) -> DayPlan:
        """Return the next day."""
        self._day += 1
        forgotten = self._is_turn(_FORGOTTEN)
        in_session = [self._next(self._in_session) for _ in range(_IN_SESSION_A_DAY)]
        around = [
            sorted((self._next(self._around[phase]) for _ in range(times)), key=self._place)
            for phase, times in _A_DAY.items()
            if not (forgotten and phase in ("close", "closed"))
        ]
        return DayPlan(
            points=[*in_session, *(point for phase in around for point in phase)],
            blind=self._is_turn(_BLIND),
            fault=_FAULT if self._is_turn(_FAULTY) else "",
            forgotten=forgotten,
        )

    def _is_turn(self, turn: tuple[int, int]) -> bool:
        every, first = turn
        return self._day % every == first % every

    def _next(self, points: Iterator[KillPoint]) -> KillPoint:
        point = next(points)
        if self._chance.random() >= _BY_TIME:
            return point
        return KillPoint(point.phase, after=round(self._chance.uniform(0.0, _LONGEST.get(point.phase, _USUALLY)), 2))

    def _place(self, point: KillPoint) -> int:
        """What comes early in a phase is dealt before what comes late."""
        return self._order.get(point, -1)

    def _endless(self, points: Sequence[KillPoint]) -> Iterator[KillPoint]:
        while True:
            yield from self._chance.sample(points, len(points))
