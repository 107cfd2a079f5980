"""Named parameters, and all that only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer

from bot.adapters.sql_parameters import statements, to_driver

NAMES = {"opened", "closed"}


@pytest.mark.parametrize(
    ("written", "driver"),
    [
        ("a >= :opened AND b <= :closed", "a >= %(opened)s AND b <= %(closed)s"),
        (":opened::date", "%(opened)s::date"),
        ("x::opened", "x::opened"),
        ("':opened' :opened", "':opened' %(opened)s"),
        ("'it''s :opened' :opened", "'it''s :opened' %(opened)s"),
        (r"E'\' :opened' :opened", r"E'\' :opened' %(opened)s"),
        (r"'\' :opened", r"'\' %(opened)s"),
        ('"a:opened" :opened', '"a:opened" %(opened)s'),
        ("-- :opened\n:opened", "-- :opened\n%(opened)s"),
        ("/* :opened /* :opened */ :opened */ :opened", "/* :opened /* :opened */ :opened */ %(opened)s"),
        ("$$ :opened $$ :opened", "$$ :opened $$ %(opened)s"),
        ("$a$ $$ :opened $a$ :opened", "$a$ $$ :opened $a$ %(opened)s"),
        ("a LIKE 'x%' AND 5 % 2 = 1 -- 100 %", "a LIKE 'x%%' AND 5 %% 2 = 1 -- 100 %%"),
        (":opened_at :open :other a[1:2]", ":opened_at :open :other a[1:2]"),
        ("/* never closed :opened", "/* never closed :opened"),
    ],
)
def test_only_parameters_are_converted(written: str, driver: str) -> None:
    """Casts, literals, comments, quoted names and unknown names stay; a percent sign is doubled everywhere."""
    assert to_driver(written, NAMES) == driver


PIECES = [
    "':opened'",
    '":closed"',
    "x::opened",
    "-- :opened\n",
    "/* :closed */",
    "$q$:opened$q$",
    "5 % 2",
    "'a%b'",
    ":x",
]


@given(st.lists(st.sampled_from([*PIECES, ":opened", ":closed"]), max_size=12))
def test_the_driver_reads_the_text_back(pieces: list[str]) -> None:
    """What the driver sends is the written text, with a numbered parameter for each name and nothing else changed."""
    query = PostgresQuery(Transformer())
    query.convert(to_driver(" ".join(pieces), NAMES), {"opened": 1, "closed": 2})
    numbers: dict[str, str] = {}
    for piece in pieces:
        if piece in (":opened", ":closed"):
            numbers.setdefault(piece, f"${len(numbers) + 1}")
    assert query.query.decode() == " ".join(numbers.get(piece, piece) for piece in pieces)


@pytest.mark.parametrize(
    ("script", "parts"),
    [
        ("", []),
        (" ; ;\n-- nothing; at all\n/* ; */;", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;\n-- then; this\nSELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';', \";\", $$;$$, $a$ ; $$ ; $a$; x", ["SELECT ';', \";\", $$;$$, $a$ ; $$ ; $a$", "x"]),
        (r"SELECT E'\';', 'it''s;', '\'; x", [r"SELECT E'\';', 'it''s;', '\'", "x"]),
        ("SELECT 1 /* a /* ; */ ; */ + 1; x", ["SELECT 1   + 1", "x"]),
        ("SELECT 'never closed; x", ["SELECT 'never closed", "x"]),
        ("a -- b", ["a"]),
        ("a - -b; :opened::date", ["a - -b", ":opened::date"]),
    ],
)
def test_a_script_is_parted_at_its_own_semicolons(script: str, parts: list[str]) -> None:
    """Those in literals, quoted names and comments part nothing; comments are left out."""
    assert statements(script) == parts


@given(st.lists(st.sampled_from([*PIECES, ":opened", "$$;$$", "';'", "/* ; */", "-- ;\n"]), max_size=12))
def test_statements_put_together_again_are_the_script(pieces: list[str]) -> None:
    """Nothing but comments and semicolons is lost."""
    bare = [piece for piece in pieces if not piece.startswith(("--", "/*"))]
    assert " ; ".join(statements(" ; ".join(pieces))).split() == " ; ".join(bare).split()
