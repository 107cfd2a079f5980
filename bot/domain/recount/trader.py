"""One trader's entries, taken one after another: each is held to what those before it give.

What moves the streak or rests on it (a cause) is written in one transaction with what that does to the clearance, and
then with the streak as it is from then on.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256

from bot.domain.canonical import canonical
from bot.domain.clearance import Clearance, clearance_standing
from bot.domain.criteria import CRITERIA
from bot.domain.day import THEN, Provenance
from bot.domain.entry import DayClosed, Entry, SessionOpened
from bot.domain.policy import Policy
from bot.domain.recount import certificate
from bot.domain.recount.change import Change, at_close, at_open, fits_void
from bot.domain.recount.days import Days, Terms
from bot.domain.standing import (
    CertificateIssued,
    CertificateSigned,
    ClearanceGranted,
    ClearanceRevoked,
    ClearanceSigned,
    DayVoided,
    StreakCounted,
    VoidRefused,
    VoidRequested,
    turn_key,
    void_key,
)
from bot.domain.streak import Streak
from bot.domain.value import Value
from bot.domain.verdict import Verdict, worst

_CAUSES = (DayClosed, SessionOpened, DayVoided, ClearanceSigned, CertificateIssued)


class Misfit(Value):
    """An entry, by its number, that is not what the entries before it give."""

    seq: int
    problem: str


class TraderRecount:
    """What one trader's entries give so far."""

    def __init__(self, trader: str, hash_of: certificate.HashOf) -> None:
        self._trader = trader
        self._hash_of = hash_of
        self._days = Days()
        self._closes: dict[date, tuple[int, str]] = {}  # number and hash of the entry
        self._requests: dict[int, Entry] = {}  # to void a day, without an answer
        self._clearances: list[Entry] = []
        self._certificates: list[str] = []  # their digests
        self._turn = 0
        self._counted: Streak | None = None  # last
        self._cause: Entry | None = None
        self._standing: Clearance | None = None  # before the cause
        self._changes: list[Entry] = []  # of the clearance, since the cause

    def take(self, entry: Entry) -> Iterator[Misfit]:
        """Take the next entry, and yield what does not fit."""
        if isinstance(entry.body, _CAUSES):
            yield from self.end()
            self._cause, self._standing = entry, clearance_standing(self._clearances)
        if isinstance(entry.body, StreakCounted):
            yield from self._settled(entry, entry.body)
        else:
            yield from (Misfit(seq=entry.seq, problem=problem) for problem in self._taken(entry))

    def end(self) -> Iterator[Misfit]:
        """Take nothing more of one transaction, and yield what it lacks."""
        if self._cause is not None and not (self._turn == 0 and _may_be_of_before(self._cause)):
            yield Misfit(seq=self._cause.seq, problem="the streak is not counted with it")
        self._forget()

    def _forget(self) -> None:
        """Have what has become of the clearance for granted, whether it fits or not."""
        self._clearances += self._changes
        self._cause, self._changes = None, []

    def _taken(self, entry: Entry) -> Iterator[str]:
        match entry.body:
            case DayClosed() as body:
                yield from self._closed(entry, body)
            case SessionOpened() as body:
                self._days.begun.setdefault(body.session.date, body.provenance)
            case DayVoided() as body:
                yield from self._voided(entry, body)
            case ClearanceSigned() as body:
                yield from self._signed(entry, body)
            case CertificateIssued() as body:
                previous = next(reversed(self._certificates), "")
                yield from certificate.problems(body, self._standing, previous, self._closes, self._hash_of)
                self._certificates.append(body.digest)
            case CertificateSigned() as body:
                if body.digest not in self._certificates:
                    yield f"it signs the certificate {body.digest[:12]}, and none of this digest was issued before"
            case VoidRequested() as body:
                self._requests[body.request] = entry
            case VoidRefused() as body:
                yield from self._answered(entry, body)
            case ClearanceGranted() | ClearanceRevoked():
                self._changes.append(entry)
                if self._cause is None:
                    yield "the clearance changes without a close, an open or a void day that brings it"
            case _:
                pass

    def _closed(self, entry: Entry, body: DayClosed) -> Iterator[str]:
        record = body.record
        if (entry.day, entry.key) != (record.day, f"day_closed:{self._trader}:{record.day}"):
            yield f"it stands under another day than {record.day}, which it closes"
        if record.day in self._closes:
            yield f"{record.day} was closed before, by entry {self._closes[record.day][0]}"
        if record.evidence_until >= entry.seq:
            yield f"it was judged on entries up to {record.evidence_until}, which come later"
        judged = tuple(result.id for result in record.criteria)
        if record.version and judged != tuple(name for name in CRITERIA if name not in record.excluded):
            yield "a criterion is neither judged nor excluded"
        verdict = worst(result.verdict for result in record.criteria)
        if record.lapsed and verdict is Verdict.PASS:
            verdict = Verdict.INCONCLUSIVE
        if record.verdict is not verdict:
            yield f"{record.day} is recorded as {record.verdict}, and its criteria give {verdict}"
        if record.policy is not None:
            yield from _policy_problems(record.policy, record.excluded, record.provenance)
        self._days.close(record)
        self._closes.setdefault(record.day, (entry.seq, entry.hash))

    def _voided(self, entry: Entry, body: DayVoided) -> Iterator[str]:
        asked = self._requests.get(body.request)
        if entry.day is None or entry.day in self._days.void:
            yield f"{entry.day} was void before"
        if asked is None or not isinstance(asked.body, VoidRequested):
            yield f"it approves request {body.request}, which nobody made or which was answered before"
        elif (asked.day, asked.body.reason, asked.actor) != (entry.day, body.reason, body.asked_by):
            yield f"it approves something else than request {body.request} asked for"
        elif (asked.actor.kind, asked.actor.id) == (entry.actor.kind, entry.actor.id):
            yield f"{entry.actor} approves what they asked for themselves"
        yield from self._answered(entry, body)
        if entry.day is not None:
            self._days.make_void(entry.day)

    def _answered(self, entry: Entry, body: DayVoided | VoidRefused) -> Iterator[str]:
        if entry.key != void_key(body.request):
            yield f"it is not the answer to request {body.request}"
        self._requests.pop(body.request, None)

    def _signed(self, entry: Entry, body: ClearanceSigned) -> Iterator[str]:
        if self._standing is None or self._standing.entry != body.granted:
            yield f"it signs the clearance of entry {body.granted}, which did not stand then"
        elif self._standing.signed is not None:
            yield "the clearance was signed off before"
        self._clearances.append(entry)

    def _settled(self, entry: Entry, body: StreakCounted) -> Iterator[Misfit]:
        if entry.key != turn_key(self._trader, self._turn):
            words = f"it does not follow the last count of the streak, which is entry {self._turn}"
            yield Misfit(seq=entry.seq, problem=words)
        if self._cause is None:
            words = "the streak was counted without anything that moves it or rests on it"
            yield Misfit(seq=entry.seq, problem=words)
        else:
            possible = self._possible(self._cause, body.streak)
            if possible and body.streak not in possible:
                words = f"it counts {_told(body.streak)}, and the entries before it give {_told(possible[0])}"
                yield Misfit(seq=entry.seq, problem=words)
            certain = possible[0] if len(possible) == 1 else body.streak
            at = self._changes[0].seq if self._changes else self._cause.seq
            problems = self._change_problems(self._cause, certain)
            yield from (Misfit(seq=at, problem=problem) for problem in problems)
        self._forget()
        self._turn, self._counted = entry.seq, body.streak

    def _possible(self, cause: Entry, counted: Streak) -> list[Streak]:
        """Return what the streak may be with a cause, each once; nothing where nobody can tell."""
        days, body = self._days, cause.body
        if isinstance(body, DayClosed):
            policy = body.record.policy
            found = [days.streak(terms) for terms in ([Terms.of(policy)] if policy else Terms.any(counted.required))]
        elif isinstance(body, SessionOpened):
            terms = days.terms(body.provenance.policy, counted.required)
            found = [days.streak_with(each, body.provenance) for each in terms]
        elif isinstance(body, DayVoided):
            found = [days.streak_with(terms, days.running()) for terms in Terms.any(counted.required)]
        else:
            last, stands = self._counted, self._standing is not None
            found = [last.model_copy(update={"cleared": last.cleared and stands})] if last else []
        return list(dict.fromkeys(found))

    def _change_problems(self, cause: Entry, counted: Streak) -> Iterator[str]:
        body, standing, turn = cause.body, self._standing, self._turn
        changes = [each.body for each in self._changes]
        change = next((each for each in changes if isinstance(each, ClearanceGranted | ClearanceRevoked)), None)
        if isinstance(body, SessionOpened) and (body.number, body.required) != (counted.passed + 1, counted.required):
            yield f"the session that entry {cause.seq} opens is numbered {body.number} of {body.required}"
        if len(changes) > 1:
            yield "the clearance changes more than once"
        elif isinstance(body, DayVoided) and cause.day is not None:
            if not fits_void(change, cause.day, self._days, standing, (turn, counted.required)):
                yield f"{_of_clearance(change)}, which the void day cannot bring"
        else:
            expected = self._expected(cause, counted)
            if change != expected:
                yield f"{_of_clearance(change)}, where the entries before it give that {_of_clearance(expected)}"

    def _expected(self, cause: Entry, counted: Streak) -> Change:
        if isinstance(cause.body, DayClosed):
            return at_close(cause.body.record, counted, self._standing, self._turn)
        if isinstance(cause.body, SessionOpened):
            return at_open(cause.body.provenance, self._standing)
        return None


def _may_be_of_before(cause: Entry) -> bool:
    """Tell whether a version may have written an entry that recorded no counts of the streak yet."""
    match cause.body:
        case SessionOpened():
            return True
        case DayClosed(record=record):
            return record.policy is None or "clearance" not in record.policy.model_fields_set
        case _:
            return False


def _policy_problems(policy: Policy, excluded: dict[str, str], seen: Provenance) -> Iterator[str]:
    if policy.excluded != excluded:
        yield "it excludes other criteria than its policy does"
    if seen.policy and not _is_digest(seen.policy.rpartition(THEN)[2], policy):
        yield "the policy that it records is not the one that it names as the day's"


def _is_digest(digest: str, policy: Policy) -> bool:
    """Tell whether a digest is a policy's, also one that a version gave it which knew only what is recorded of it."""
    if policy.digest == digest:
        return True
    demands = policy.demands
    recorded = policy.model_dump(mode="json", exclude_unset=True)
    known = {name: value for name, value in recorded.items() if name in demands}
    return sha256(canonical(known).encode()).hexdigest() == digest


def _told(streak: Streak) -> str:
    days = ", ".join(map(str, streak.days)) or "no day"
    why = f"; {streak.why}" if streak.why else ""
    return f"{streak.passed}/{streak.required} ({days}{why})"


def _of_clearance(change: Change) -> str:
    match change:
        case ClearanceGranted(streak=streak):
            return f"a clearance is granted at {_told(streak)}"
        case ClearanceRevoked(why=why):
            return f"the clearance is revoked ({why})"
        case _:
            return "the clearance stays as it is"
