"""A certificate's file in the hands of those who have none of this code: securesystemslib, jsonschema, in-toto's rules.

Only making the file takes this project; what checks it knows the README, the published schema and the public key.
"""

import asyncio
import json
import re
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import jsonschema
import pytest
import rfc8785
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

_SCHEMA = Path(__file__).parents[2] / "config" / "clearance.v1.schema.json"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A certificate with the signatures of the bot and of a person, and the public key of each."""
    from bot.adapters.key_file import new_key, public_file  # noqa: PLC0415 - the hands below have none of this
    from bot.adapters.signing_key import SigningKey  # noqa: PLC0415
    from bot.certifying import countersign, issue  # noqa: PLC0415
    from bot.domain.issued import file_of  # noqa: PLC0415
    from bot.domain.people import BOT, INSIDE  # noqa: PLC0415
    from tests.support.certified import cleared_room, sign_off  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("certificate")
    places = [folder / "burnin.key", folder / "ben.key"]
    for place in places:
        with new_key(place) as key:
            key.put()

    async def certified() -> bytes:
        room = await cleared_room(key=SigningKey(str(places[0]), None))
        await sign_off(room)
        await issue(room.desk, room.trader_desk, BOT, INSIDE)
        ben = SigningKey(str(places[1]), None)
        signed, _ = await countersign(room.desk, room.trader_desk, ben, BOT, INSIDE)
        return file_of(signed.envelope)

    certificate = folder / "clearance.dsse.json"
    certificate.write_bytes(asyncio.run(certified()))
    return certificate, [public_file(place) for place in places]


def key_in(place: Path) -> SSlibKey:
    """Return a public key as securesystemslib has it, from its PEM file."""
    return SSlibKey.from_crypto(load_pem_public_key(place.read_bytes()))


def envelope_in(place: Path) -> Envelope:
    """Return the envelope of a file."""
    return Envelope.from_dict(json.loads(place.read_bytes()))


def test_its_signatures_verify(files: tuple[Path, list[Path]]) -> None:
    """Both keys are accepted under their own ids, and a third one makes no threshold of three."""
    certificate, publics = files
    keys = [key_in(place) for place in publics]
    assert set(envelope_in(certificate).verify([*keys], 2)) == {key.keyid for key in keys}
    with pytest.raises(VerificationError):
        envelope_in(certificate).verify(keys[:1] + keys[:1], 2)


def test_another_payload_does_not_verify(files: tuple[Path, list[Path]]) -> None:
    """One other byte of what is signed, or another type of it, and nobody signed it."""
    certificate, publics = files
    keys = [key_in(place) for place in publics]
    for change in ({"payload": b"{}"}, {"payload_type": "application/json"}):
        envelope = envelope_in(certificate)
        vars(envelope).update(change)
        with pytest.raises(VerificationError):
            envelope.verify([*keys], 1)


def test_its_statement_is_as_published(files: tuple[Path, list[Path]]) -> None:
    """It is valid by the schema, and a field more, a field less or of another kind is not."""
    statement = json.loads(envelope_in(files[0]).payload)
    schema = json.loads(_SCHEMA.read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(statement)
    del statement["predicate"]["days"][1:]  # they are all alike
    changed = 0
    for path in paths(statement):
        for spoil in (add_a_field, leave_it_out, make_it_odd):
            spoilt = deepcopy(statement)
            if spoil(spoilt, path):
                changed += 1
                assert not validator.is_valid(spoilt), (spoil.__name__, path)
    assert changed > 500


Key = str | int


def paths(value: Any, path: tuple[Key, ...] = ()) -> list[tuple[Key, ...]]:
    """Return where every value in a statement stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, each in inner for found in paths(each, (*path, name)))]


def holder_of(statement: Any, path: tuple[Key, ...]) -> Any:
    """Return what holds the value at a path."""
    for name in path[:-1]:
        statement = statement[name]
    return statement


def add_a_field(statement: Any, path: tuple[Key, ...]) -> bool:
    """Put a field into an object that it does not have."""
    value = holder_of(statement, path)[path[-1]] if path else statement
    if not isinstance(value, dict):
        return False
    value["another"] = 1
    return True


def leave_it_out(statement: Any, path: tuple[Key, ...]) -> bool:
    """Take a field out of its object; samples may come from one source only, and nothing need be excluded."""
    if not path or not isinstance(path[-1], str) or path[-2:-1] in (("sources",), ("excluded",)):
        return False
    del holder_of(statement, path)[path[-1]]
    return True


def make_it_odd(statement: Any, path: tuple[Key, ...]) -> bool:
    """Put something of another kind in its place."""
    if not path:
        return False
    holder_of(statement, path)[path[-1]] = [[]]
    return True


def test_it_follows_in_totos_rules(files: tuple[Path, list[Path]]) -> None:
    """Statement v1: its type, a predicate type that is a URI, and subjects of which each is named and digested."""
    envelope = envelope_in(files[0])
    statement = json.loads(envelope.payload)
    assert envelope.payload_type == "application/vnd.in-toto+json"
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert urlparse(statement["predicateType"]).scheme == "urn"
    assert isinstance(statement["predicate"], dict)
    names = [subject["name"] for subject in statement["subject"]]
    assert (len(names) > 0, len(set(names))) == (True, len(names))
    lengths = {"sha256": 64, "gitCommit": 40}
    for subject in statement["subject"]:
        assert subject.keys() <= {"name", "uri", "digest", "content", "downloadLocation", "mediaType", "annotations"}
        assert subject["digest"], "a subject without a digest is none"
        for algorithm, digest in subject["digest"].items():
            assert re.fullmatch(rf"[0-9a-f]{{{lengths[algorithm]}}}", digest)


def test_it_is_canonical_and_says_what_its_digests_are_of(files: tuple[Path, list[Path]]) -> None:
    """The payload is RFC 8785 to the byte, and the policy's digest that of the values beside it."""
    payload = envelope_in(files[0]).payload
    statement = json.loads(payload)
    assert rfc8785.dumps(statement) == payload
    policy = statement["predicate"]["policy"]
    assert sha256(rfc8785.dumps(policy["values"])).hexdigest() == policy["digest"]
    digests = {subject["name"]: subject["digest"] for subject in statement["subject"]}
    assert digests["policy"] == {"sha256": policy["digest"]}
    assert digests["build"] == {"gitCommit": statement["predicate"]["build"]}
    assert digests["rules"] == {"sha256": statement["predicate"]["rules"]}
