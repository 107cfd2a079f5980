"""The configuration: what it accepts, what it inherits, and how it complains."""

import re
import subprocess
import sys
from datetime import timedelta
from itertools import takewhile
from pathlib import Path

import pytest

from bot.configuration.ledger_address import PostgresAddress, SqliteAddress
from bot.errors import ConfigurationError
from bot.settings import PrometheusSettings, Settings, load_settings
from bot.tokens import Secrets

SHIPPED = Path(__file__).parents[3] / "config" / "burnin.yaml"
ONE_TRADER = "traders:\n  - name: a\n    url: http://t\n"


def _load(folder: Path, text: str, **environ: str) -> Settings:
    path = folder / "burnin.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ)


def _refusal(folder: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        _load(folder, text, **environ)
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_the_shipped_file_works_as_it_is() -> None:
    """The commented file loads without any environment, and means the protocol's trader."""
    settings = load_settings(SHIPPED, {})
    (trader,) = settings.traders
    assert trader.url == "http://127.0.0.1:8000"
    assert trader.database is None
    assert set(trader.commands.configured()) == {"inject_plan", "report", "hygiene"}
    assert settings.policy == Settings.model_validate({"traders": [{"name": "a", "url": "http://t"}]}).policy


def test_the_commented_examples_of_the_shipped_file_are_right_too(tmp_path: Path) -> None:
    """Every key that stands there as a comment is accepted when the comment sign is taken away."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    keys = ("channel", "headers", "prometheus", "metrics", "reconcile_dir", "policy", "timeouts")
    wanted = [f"    # {key}:" for key in keys]
    text = "\n".join(
        line.replace("# ", "", 1) if line.startswith(tuple(wanted)) and "prom" not in line else line for line in lines
    )
    text = text.replace("    metrics:", "    metrics: {}")
    settings = _load(tmp_path, text, TRADER_TOKEN="t0ken")
    trader = settings.traders[0]
    assert trader.policy.max_gap == timedelta(seconds=3)
    assert trader.channel == "C0123456789"
    assert trader.headers["Authorization"].get_secret_value() == "Bearer t0ken"


def test_the_commented_prometheus_of_the_shipped_file_is_right_too(tmp_path: Path) -> None:
    """Its keys in full are accepted in the place of the address; its metrics are the defaults."""
    shipped = SHIPPED.read_text(encoding="utf-8")
    commented = shipped[shipped.index("    # prometheus:\n") :].splitlines()
    block = [line.replace("# ", "", 1) for line in takewhile(lambda line: line.startswith("    #"), commented)]
    text = re.sub(r"    prometheus: \$.*", lambda _: "\n".join(block), shipped)
    prometheus = _load(tmp_path, text, PROMETHEUS_TOKEN="t0ken").traders[0].prometheus
    assert prometheus is not None
    assert prometheus.select == {"instance": "127.0.0.1:8000"}
    assert prometheus.external_labels == {"cluster": "a"}
    assert prometheus.metrics == PrometheusSettings(url="http://p").metrics


def test_an_unknown_key_names_file_line_key_and_the_nearest(tmp_path: Path) -> None:
    """A typo anywhere, also deep in a trader, is refused with the right spelling."""
    said = _refusal(tmp_path, ONE_TRADER + "    metrics: {heartbeat: {}}\n    databse: x\npolcy: {}\n")
    assert "burnin.yaml:4: traders[0].metrics.heartbeat: unknown key; did you mean heartbeats?" in said
    assert "burnin.yaml:5: traders[0].databse: unknown key; did you mean database?" in said
    assert "burnin.yaml:6: polcy: unknown key; did you mean policy?" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy: {days_required: zero}\n", "policy.days_required: this should be a valid integer"),
        ("policy: {max_gap: soon}\n", "'soon' is not a duration; write 500ms, 1s"),
        ("policy: {excluded: {alert: x}}\n", "no criterion is called alert"),
        ("slack: {channel: '#desk'}\n", "slack.channel: this should be the id of a channel"),
        ("slack: {mode: sockett}\n", "this should be 'socket' or 'http', not 'sockett'"),
        ("access: {operators: [asha]}\n", "access.operators[0]: this should be the id of a user"),
        ("slack: {files: perhaps}\n", "slack.files: this should be a valid boolean"),
        ("http: {port: 99999}\n", "http.port: this should be less than or equal to 65535"),
        ("ledger: mysql://h/db\n", "postgresql://user:password@host/database, which several bots may share"),
        ("ledger: burnin.db\n", "ledger: this should be sqlite:///var/burnin.db"),
        ("reminders: {no_drill_after: 2}\n", "reminders.no_drill_after: this should be less than 1"),
        ("slack: nothing\n", "slack: this should be a mapping of keys, not 'nothing'"),
        ("policy:\npolicy: {}\n", "policy: the key stands twice, in lines 4 and 5"),
    ],
)
def test_a_wrong_value_says_what_was_expected(tmp_path: Path, text: str, said: str) -> None:
    """Types, ranges and words that do not fit are refused with what would."""
    assert said in _refusal(tmp_path, ONE_TRADER + text)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("url: t:8000", "traders[0].url: this should be an address"),
        ("url: http://t:80000", "traders[0].url: this should be an address"),
        ("url: http://t:port", "traders[0].url: this should be an address"),
        ("url: 'http://[::1'", "traders[0].url: this should be an address"),
        ("url: 'http://t/a b'", "traders[0].url: this should be an address"),
        ('headers: {X: "hunter2\\n"}', "traders[0].headers.X: a header must be one line of ASCII"),
        ("headers: {X: hünter2}", "traders[0].headers.X: a header must be one line of ASCII"),
        ("headers: {X Y: z}", "this should be the name of a header such as Authorization"),
        ("calendar: {sessions: [{date: 2026-11-23, open: 2026-11-23T09:15:00, close: 2026-11-23T15:30:00}]}",
         "this should have timezone info, not 2026-11-23 09:15:00"),
        ("name: two words", "traders[0].name: this should be one word"),
        ("database: mysql://u:hunter2@h/d", "traders[0].database: this should be postgresql://"),
        ("paper_guard:", "paper_guard"),
        ("prometheus: {url: 'http://p', select: {a-b: x}}", "select.a-b: this should be the name of a label"),
        ("prometheus: {url: 'http://p', select: {shard: 1}}", "prometheus.select.shard: this should be a valid string"),
        ("prometheus: {url: 'http://p', metrics: {process_start: 'a{'}}", "'a{' is not a metric selector"),
        ("prometheus: {url: 'http://p', metrics: {process_start: [a]}}", "this should be one metric: name or"),
        ("calendar: {timezone: Asia/Kolkata}", "write a code such as XBOM"),
        ("calendar: {timezone: Mars/Olympus, sessions: [{date: 2026-11-23, open: 2026-11-23T09:15:00+05:30, "
         "close: 2026-11-23T15:30:00+05:30}]}", "is no time zone"),
        ("commands: {report: {argv: make}}", "commands.report.argv: this should be a list, not 'make'"),
        ("commands: {report: {argv: [x, '{nope}']}}", "unknown placeholder {nope}"),
        ("access: {approvers: [ben]}", "traders[0].access.approvers[0]: this should be the id of a user"),
        ("access: {channels: [C1]}", "traders[0].access.channels: unknown key; there are operators, approvers"),
        ("commands: {reprot: {argv: [x]}}", "unknown key; did you mean report?"),
    ],
)  # fmt: skip
def test_a_wrong_value_of_a_trader_says_what_was_expected(tmp_path: Path, key: str, said: str) -> None:
    """The same holds inside a trader, and a secret is never shown."""
    keys = {"name": "name: a", "url": "url: http://t"}
    keys[key.partition(":")[0]] = key
    refusal = _refusal(tmp_path, "traders:\n  - " + "\n    ".join(keys.values()) + "\n")
    assert said in refusal
    assert "hunter2" not in refusal


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """One start shows everything, and a trader does not repeat what it only inherited."""
    said = _refusal(tmp_path, "policy: {max_gap: x}\n" + ONE_TRADER + "    database: ${DB}\nacces: {}\n").splitlines()
    assert [line.split(": ")[1] for line in said] == ["policy.max_gap", "traders[0].database", "acces"]


def test_a_missing_secret_is_named_with_its_key_and_line(tmp_path: Path) -> None:
    """A reference to a variable that is not set says which one, where."""
    said = _refusal(tmp_path, ONE_TRADER + "    database: ${DATABASE_URL}\n")
    assert "burnin.yaml:4: traders[0].database: environment variable DATABASE_URL is not set" in said


def test_a_secret_from_the_environment_is_never_shown(tmp_path: Path) -> None:
    """A complaint shows the reference, not the value; and a printed trader hides its secrets."""
    said = _refusal(tmp_path, ONE_TRADER + "    drill: {qty: '${QTY}'}\n", QTY="hunter2")
    assert "${QTY}" in said
    assert "hunter2" not in said
    settings = _load(tmp_path, ONE_TRADER + "    database: postgresql://u:hunter2@h/d\n")
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"])
def test_sqlalchemy_spelling_of_a_database_is_understood(tmp_path: Path, scheme: str) -> None:
    """However the URL names its driver, it means the same database."""
    settings = _load(tmp_path, ONE_TRADER + f"    database: {scheme}://u@h/d\n")
    database = settings.traders[0].database
    assert database is not None
    assert database.get_secret_value() == "postgresql://u@h/d"


def test_a_trader_inherits_policy_and_channel(tmp_path: Path) -> None:
    """A trader's own values lie over the file's, key by key, and those over the defaults."""
    text = (
        "slack: {channel: C1}\npolicy: {max_gap: 4s, retries: {rate_limit: {window: 60s}}}\ntraders:\n"
        "  - {name: a, url: http://t}\n  - {name: b, url: http://t, channel: C2, policy: {max_gap: 3s}}\n"
    )
    settings = _load(tmp_path, text)
    a, b = settings.traders
    assert (a.channel, b.channel) == ("C1", "C2")
    assert (a.policy.max_gap, b.policy.max_gap) == (timedelta(seconds=4), timedelta(seconds=3))
    assert b.policy.retries.rate_limit.window == timedelta(seconds=60)
    assert b.policy.retries.rate_limit.max_increase == 10


def test_a_traders_own_roles_take_the_place_of_the_files(tmp_path: Path) -> None:
    """Each list that a trader has stands in place of the file's, also an empty one; channels are the file's."""
    text = (
        "access: {operators: [S1], approvers: [U1], channels: [C1]}\ntraders:\n  - {name: a, url: http://t}\n"
        "  - {name: b, url: http://t, access: {operators: [U2]}}\n"
        "  - {name: c, url: http://t, access: {approvers: []}}\n"
    )
    lists = [(trader.access.operators, trader.access.approvers) for trader in _load(tmp_path, text).traders]
    assert lists == [(("S1",), ("U1",)), (("U2",), ("U1",)), (("S1",), ())]


def test_a_wrong_id_of_everybodys_is_told_once(tmp_path: Path) -> None:
    """A trader that only takes over a list does not repeat what is wrong with it."""
    said = _refusal(tmp_path, ONE_TRADER + "access: {operators: [asha]}\n")
    assert [line.split(": ")[1] for line in said.splitlines()] == ["access.operators[0]"]


@pytest.mark.parametrize("word", ["off", "false", "'off'"])
def test_the_paper_guard_is_switched_off_in_so_many_words(tmp_path: Path, word: str) -> None:
    """The word off, which YAML reads as false, switches the guard off; leaving the key away does not."""
    assert _load(tmp_path, ONE_TRADER + f"    paper_guard: {word}\n").traders[0].paper_guard is None
    assert _load(tmp_path, ONE_TRADER).traders[0].paper_guard is not None


def test_without_a_guard_nothing_is_called_paper(tmp_path: Path) -> None:
    """A certificate would name an environment that nobody sees to; any other name is the desk's own."""
    off = ONE_TRADER + "    paper_guard: off\n    environment: "
    assert "environment: paper is what a paper guard sees to" in _refusal(tmp_path, off + "paper\n")
    assert _load(tmp_path, off + "replayed\n").traders[0].environment == "replayed"


def test_two_traders_of_one_name_are_refused(tmp_path: Path) -> None:
    """Names tell traders apart; a channel may be shared."""
    two = "traders: [{name: a, url: http://t, channel: C1}, {name: %s, url: http://t, channel: C1}]\n"
    assert "the name a stands there twice" in _refusal(tmp_path, two % "a")
    assert len(_load(tmp_path, two % "b").traders) == 2


def test_sessions_may_be_listed(tmp_path: Path) -> None:
    """A list of sessions takes the place of an exchange's code; instants need a zone."""
    one = "{date: 2026-11-23, open: %s, close: 2026-11-23T15:30:00+05:30}"
    listed = f"    calendar: {{timezone: Asia/Kolkata, sessions: [{one}]}}\n"
    settings = _load(tmp_path, ONE_TRADER + listed % "2026-11-23T09:15:00+05:30")
    assert settings.traders[0].calendar.sessions[0].date.isoformat() == "2026-11-23"
    assert "should have timezone info" in _refusal(tmp_path, ONE_TRADER + listed % "2026-11-23T09:15:00")


@pytest.mark.parametrize(("ledger", "path"), [("sqlite:///var/b.db", "var/b.db"), ("sqlite:////srv/b.db", "/srv/b.db")])
def test_a_ledger_is_relative_unless_it_has_four_slashes(tmp_path: Path, ledger: str, path: str) -> None:
    """Three slashes mean the working directory, four an absolute path."""
    assert _load(tmp_path, ONE_TRADER + f"ledger: {ledger}\n").ledger == SqliteAddress(path=Path(path))


def test_a_shared_ledgers_password_is_shown_nowhere(tmp_path: Path) -> None:
    """What a person reads of a PostgreSQL address has neither user nor password."""
    settings = _load(tmp_path, ONE_TRADER + "ledger: postgresql://bot:hush@db:5432/burnin?sslmode=require\n")
    assert str(settings.ledger) == "postgresql://db:5432/burnin"
    assert "hush" not in repr(settings)


def test_a_shared_ledgers_address_may_name_a_driver(tmp_path: Path) -> None:
    """As a trader's database may: what SQLAlchemy writes before the colon is not for libpq."""
    settings = _load(tmp_path, ONE_TRADER + "ledger: postgresql+psycopg2://bot:hush@db/burnin\n")
    assert isinstance(settings.ledger, PostgresAddress)
    assert settings.ledger.url.get_secret_value() == "postgresql://bot:hush@db/burnin"
    assert str(settings.ledger) == "postgresql://db/burnin"


@pytest.mark.parametrize("password", ["hu@sh", "hu/sh", "h@u/s@h"])
def test_a_shared_ledgers_password_that_would_be_read_as_a_host_is_refused(tmp_path: Path, password: str) -> None:
    """What it says tells how to write the password, and holds nothing of it."""
    with pytest.raises(ConfigurationError, match="in a password %40 stands for @, %2F for /") as refused:
        _load(tmp_path, ONE_TRADER + f"ledger: postgresql://bot:{password}@db/burnin\n")
    assert password[:2] not in str(refused.value).replace("this should", "")


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    """Without a file the text names the place and the command that writes one."""
    with pytest.raises(ConfigurationError, match=r"no configuration at .*absent\.yaml\.\n.*burnin init"):
        load_settings(None, {"BURNIN_CONFIG": str(tmp_path / "absent.yaml")})


def test_importing_settings_is_light() -> None:
    """Neither HTTP, logging, tables nor Slack's secrets are loaded with the settings."""
    heavy = "('httpx', 'structlog', 'rich', 'pydantic_settings', 'pandas', 'psycopg')"
    code = f"import bot.settings, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_or_swapped_token_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mode says which of its secrets is missing or is another kind of token."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xapp-secret")
    with pytest.raises(ConfigurationError) as refused:
        Secrets().require("socket")
    assert "SLACK_BOT_TOKEN should begin with xoxb-" in str(refused.value)
    assert "SLACK_APP_TOKEN is not set" in str(refused.value)
    assert "xapp-secret" not in str(refused.value)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    Secrets().require("http")
