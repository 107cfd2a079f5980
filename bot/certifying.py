"""Certifying the clearance that stands: issuing, countersigning and revoking, as entries of the ledger.

A certificate rests on the clearance, so whoever issues one takes the streak's turn: none is issued of a clearance that
fell in the same moment.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date

from bot import __version__
from bot.clearance import standing_clearance, taken, turn_of
from bot.daybook import say, standing_streak
from bot.desk import Desk, TraderDesk
from bot.domain.certificate import (
    DAY_KINDS,
    PAYLOAD_TYPE,
    Issuing,
    NotCertifiable,
    certifiable,
    payload_of,
    recorded,
    statement_of,
)
from bot.domain.clearance import Clearance, clearance_standing
from bot.domain.entry import DayClosed, Draft, Entry
from bot.domain.issued import (
    CERTIFICATE_KINDS,
    REVOCATIONS_TYPE,
    Certificate,
    certificates_in,
    revocations_payload,
    signatures_in,
)
from bot.domain.notice import CertificateReady, Placement
from bot.domain.people import Actor, Origin
from bot.domain.standing import CertificateIssued, CertificateSigned
from bot.domain.value import JsonObject
from bot.errors import DuplicateKey, NoSigningKey, Refused
from bot.ports import Head, Signatory

_TRIES = 5  # whoever else takes the streak's turn meanwhile does so once a day


def certificate_key(trader: str, standing: Clearance) -> str:
    """Return the key of a clearance's certificate: one before it is signed off, and one after."""
    return f"certificate:{trader}:{standing.entry}:{standing.signature}"


async def certificates_of(desk: Desk, trader: TraderDesk) -> tuple[Certificate, ...]:
    """Return a trader's certificates, the oldest first, each with all its signatures."""
    return certificates_in(await desk.ledger.entries(trader=trader.name, kinds=CERTIFICATE_KINDS))


async def certificate_of(desk: Desk, trader: TraderDesk) -> Certificate:
    """Return a trader's newest certificate.

    Raises:
        Refused: there is none.
    """
    found = await certificates_of(desk, trader)
    if not found:
        words = f"No clearance of {trader.name} was ever certified."
        raise Refused("no_certificate", words, hint=f"clearance issue --trader {trader.name}")
    return found[-1]


async def due(desk: Desk, trader: TraderDesk) -> str:
    """Return the key of the certificate that is to be issued now; an empty text where none is."""
    standing = await standing_clearance(desk, trader)
    if standing is None:
        return ""
    key = certificate_key(trader.name, standing)
    return "" if await desk.ledger.by_key(key) else key


async def issue(desk: Desk, trader: TraderDesk, actor: Actor, origin: Origin) -> tuple[Certificate, bool]:
    """Certify the clearance that stands, once before it is signed off and once after; and say so.

    Returns:
        Its certificate, and whether it is a new one.

    Raises:
        Refused: there is nothing to certify.
        NoSigningKey: nothing can be signed.
        LedgerError: it cannot be recorded now.
    """
    try:
        for _ in range(_TRIES - 1):
            with suppress(DuplicateKey):  # something moved the streak, or somebody issued it: the next try sees it
                return await _issued(desk, trader, actor, origin)
        return await _issued(desk, trader, actor, origin)
    except NotCertifiable as error:
        raise Refused(error.reason, str(error)) from error


async def _issued(desk: Desk, trader: TraderDesk, actor: Actor, origin: Origin) -> tuple[Certificate, bool]:
    turn = await turn_of(desk, trader)
    head = await desk.ledger.head()
    entries = await _known(desk, trader, head)
    standing = certifiable(entries, trader.name)
    key = certificate_key(trader.name, standing)
    if await desk.ledger.by_key(key):
        return await certificate_of(desk, trader), False
    await _refuse_altered(desk, trader, standing.streak.days)
    issuing = Issuing(
        trader=trader.name,
        environment=trader.environment,
        calendar=trader.calendar_name,
        version=__version__,
        head=(head.seq, head.hash),
        at=max(desk.clock.now(), standing.at),  # the clock of the host that granted it may be ahead
    )
    statement = statement_of(entries, issuing)
    body = recorded(statement, await signatory_of(desk).sign(PAYLOAD_TYPE, payload_of(statement)))
    template = Draft(at=issuing.at, body=body, actor=actor, origin=origin, trader=trader.name, key=key)
    told = say(
        _ready(body, standing, trader.environment, entries),
        key=key,
        trader=trader.name,
        at=issuing.at,
        day=None,
        placement=Placement.CHANNEL,
    )
    await desk.ledger.append(template, told, taken(turn, await standing_streak(desk, trader), template))
    return await certificate_of(desk, trader), True


async def _refuse_altered(desk: Desk, trader: TraderDesk, days: Iterable[date]) -> None:
    """Sign nothing that a hand has written: the chain, and the samples of every day that counts, must verify.

    Raises:
        Refused: they do not.
    """
    for day in days:
        found = await desk.ledger.verify((trader.name, day))
        if found.broken_at is not None:
            raise Refused(
                "not_verified",
                f"The ledger does not verify at entry {found.broken_at}: {found.problem}. Nothing of it is certified; "
                "see `burnin verify`, and restore it from a backup.",
            )


async def _known(desk: Desk, trader: TraderDesk, head: Head) -> tuple[Entry, ...]:
    """Return what a certificate is made of: of a trader's entries up to the head those that tell of its clearance."""
    entries = await desk.ledger.entries(trader=trader.name, kinds=(*CERTIFICATE_KINDS, "day_voided"))
    known = [entry for entry in entries if entry.seq <= head.seq]
    standing = clearance_standing(known)
    for day in standing.streak.days if standing else ():
        known += await desk.ledger.entries(trader=trader.name, day=day, kinds=DAY_KINDS)
    return tuple(sorted((entry for entry in known if entry.seq <= head.seq), key=lambda entry: entry.seq))


def _ready(
    body: CertificateIssued, standing: Clearance, environment: str, entries: Sequence[Entry]
) -> CertificateReady:
    before, last = certificates_in(entries), standing.streak.days[-1]
    closed = (entry.body.record for entry in entries if isinstance(entry.body, DayClosed) and entry.day == last)
    return CertificateReady(
        number=standing.number,
        digest=body.digest,
        build=standing.provenance.build,
        environment=environment,
        excluded=next(closed).excluded,
        expires_at=body.expires_at,
        signed=standing.signed,
        renewed=any(each.granted == standing.entry for each in before),
        envelope=body.envelope,
    )


async def countersign(
    desk: Desk, trader: TraderDesk, person: Signatory, actor: Actor, origin: Origin
) -> tuple[Certificate, str]:
    """Add a person's own signature to a trader's newest certificate, on record.

    Returns:
        The certificate with it, and the id of the person's key.

    Raises:
        Refused: there is none that holds, the ledger does not verify, or this key has signed it before.
        NoSigningKey: the person's key cannot be used.
    """
    certificate = await certificate_of(desk, trader)
    state = certificate.state(desk.clock.now())
    if state != "valid":
        raise Refused(state, f"The newest certificate of {trader.name} is {state}; nobody should sign it.")
    standing = await standing_clearance(desk, trader)
    await _refuse_altered(desk, trader, standing.streak.days if standing else ())
    ((keyid, signature),) = signatures_in(await person.sign(PAYLOAD_TYPE, certificate.payload))
    again = Refused("signed_already", f"The key {keyid} has signed this certificate before.")
    if keyid in dict(certificate.signatures):
        raise again
    signed = Draft(
        at=desk.clock.now(),
        body=CertificateSigned(digest=certificate.digest, keyid=keyid, signature=signature),
        actor=actor,
        origin=origin,
        trader=trader.name,
        key=f"certificate_signed:{certificate.digest}:{keyid}",
    )
    try:
        await desk.ledger.append(signed)
    except DuplicateKey:
        raise again from None
    return await certificate_of(desk, trader), keyid


async def revocations(desk: Desk, trader: TraderDesk) -> JsonObject:
    """Return the list of a trader's revoked certificates as it stands now, in an envelope that the bot signed.

    It is never older than the newest certificate, whose host's clock may be ahead: a gate would take it for outdated.

    Raises:
        NoSigningKey: nothing can be signed.
    """
    found = await certificates_of(desk, trader)
    payload = revocations_payload(trader.name, max([desk.clock.now(), *(each.at for each in found)]), found)
    return await signatory_of(desk).sign(REVOCATIONS_TYPE, payload)


def signatory_of(desk: Desk) -> Signatory:
    """Return who signs in the bot's name.

    Raises:
        NoSigningKey: nobody does.
    """
    if desk.signatory is None:
        raise NoSigningKey("There is no signing key. Make one with `burnin keys init`.")
    return desk.signatory
