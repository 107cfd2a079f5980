"""The command line: what may be typed, how it ends, and what stands on which stream."""

import asyncio
import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.terminal.user import terminal_user
from tests.support.desk_file import METRICS, write_desk
from tests.support.http_server import answer, answer_json, http_server


class Ended:
    """How a run ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


class Typist:
    """Types `burnin …` in this process, with the configuration of a test."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self.folder = folder
        self.config = write_desk(folder)

    def __call__(self, *words: str) -> Ended:
        """Run a line to its end."""
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(self.config), *words])
        out, err = self._capsys.readouterr()
        return Ended(ended.value.code if isinstance(ended.value.code, int) else 1, out, err)


@pytest.fixture
def burnin(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typist:
    """Return what runs `burnin …`."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    return Typist(capsys, tmp_path)


def test_help_lists_every_command(burnin: Typist) -> None:
    """The operator's commands and the terminal's own stand in one list, with the exit codes."""
    shown = burnin("--help")
    assert shown.code == 0
    for name in (
        "check",
        "drill",
        "flatten",
        "reconcile",
        "selftest",
        "close",
        "status",
        "day",
        "history",
        "audit",
        "doctor",
        "run",
    ):
        assert f"\n  {name} " in shown.out
    assert "3 INCONCLUSIVE" in shown.out


def test_a_command_explains_itself(burnin: Typist) -> None:
    """`drill --help` shows its docstring and its own options."""
    shown = burnin("drill", "--help")
    assert shown.code == 0
    assert "Usage: burnin drill [trader] [--symbol SYMBOL]" in shown.out
    assert "flattens before it ends" in " ".join(shown.out.split())


def test_help_keeps_a_space_between_usage_and_summary(burnin: Typist) -> None:
    """A long usage has its summary on the next line, below the others."""
    lines = burnin("help").out.splitlines()
    columns = {
        line.rstrip().find(words) for line in lines for words in ("Read the trader", "Run one end") if words in line
    }
    assert len(columns) == 1
    assert not any("STRATEGY]Run" in line for line in lines)


def test_an_unknown_command_answers_with_the_nearest(burnin: Typist) -> None:
    """A typo is exit 2 with the right spelling."""
    ended = burnin("statsu")
    assert ended.code == 2
    assert "Did you mean 'status'?" in ended.err


def test_an_unknown_option_answers_with_the_nearest(burnin: Typist) -> None:
    """Options are read by the same parser as in Slack, and --json says it in one object."""
    ended = burnin("drill", "--qyt", "3", "--json")
    assert ended.code == 2
    assert "Did you mean --qty?" in json.loads(ended.out)["error"]["message"]


@pytest.mark.parametrize("line", ["status nobody", "drill --qyt 3", "check more words"])
def test_a_mistyped_line_names_its_command_once(burnin: Typist, line: str) -> None:
    """The parser has named it, and the terminal does not name it again."""
    ended = burnin(*line.split())
    command = line.split(maxsplit=1)[0]
    assert ended.code == 2
    assert ended.err.startswith(command)
    assert not ended.err.startswith(f"{command}: {command}")


def test_status_is_short_and_json_is_one_object(burnin: Typist) -> None:
    """Status leads with where the day stands; its JSON is one object and nothing else."""
    shown = burnin("status")
    assert shown.code == 0
    assert "nifty-orb" in shown.out.splitlines()[0]
    (status,) = json.loads(burnin("status", "--json").out)["traders"]
    assert status["trader"] == "nifty-orb"


@pytest.mark.parametrize(
    "line", ["chek --json", "verify x --json", "--json status", "status --zzz --json", "day x --json"]
)
def test_json_is_one_object_also_for_what_cannot_be_understood(burnin: Typist, line: str) -> None:
    """A pipeline reads why from standard output, whoever found the mistake: the command line or the command."""
    ended = burnin(*line.split())
    assert ended.code == 2
    assert json.loads(ended.out)["error"]["reason"] == "usage"


def test_json_is_one_object_also_for_an_internal_error(burnin: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is told in the same shape, with exit code 5."""
    monkeypatch.setattr("bot.terminal.front.load_settings", lambda *_: 1 / 0)
    ended = burnin("status", "--json")
    assert ended.code == 5
    assert json.loads(ended.out)["error"]["reason"] == "internal_error"


def test_global_options_may_stand_anywhere(burnin: Typist) -> None:
    """`--config` after the command means the same as before it."""
    other = burnin.folder / "other"
    other.mkdir()
    path = write_desk(other)
    assert burnin("status", "--config", str(path)).code == 0
    assert (other / "burnin.db").exists()


def test_day_has_the_contracts_keys(burnin: Typist) -> None:
    """`day --json` prints the contract's keys, and a day without evidence has no verdict."""
    shown = json.loads(burnin("day", "--json").out)
    assert list(shown) == ["trader", "date", "state", "verdict", "criteria", "excluded", "streak"]
    assert shown["verdict"] is None


def test_a_trader_that_is_down_is_exit_5(burnin: Typist) -> None:
    """What cannot be reached is said on standard error in a line, without a traceback."""
    ended = burnin("check")
    assert (ended.code, ended.out) == (5, "")
    assert "cannot be connected to" in ended.err
    assert "Traceback" not in ended.err
    assert json.loads(burnin("check", "--json").out)["error"]["reason"] == "trader_unreachable"


def test_what_is_typed_is_on_record_with_its_user(burnin: Typist) -> None:
    """Every command leaves who, where and how it ended."""
    burnin("check")
    rows = json.loads(burnin("audit", "--json").out)
    assert (rows[0]["command"], rows[0]["outcome"], rows[0]["origin"]) == ("check", "failed", "cli")
    assert rows[0]["actor"] == terminal_user().name


def test_the_audit_trail_comes_in_the_form_that_is_asked_for(burnin: Typist) -> None:
    """Standard output has the rows and nothing else; `--format json` is `--json`, also for what is wrong."""
    burnin("status")
    line = ("audit", "status", "done", "--from", "2020-01-01")
    rows = json.loads(burnin(*line, "--json").out)
    assert json.loads(burnin(*line, "--format", "json").out) == rows
    assert list(rows[0]) == ["seq", "at", "actor", "origin", "command", "args", "outcome", "seconds"]
    assert json.loads(burnin(*line, "--format=jsonl").out)["at"] == rows[0]["at"]
    header, row = burnin(*line, "--format", "csv").out.splitlines()
    assert (header.split(",")[0], row.split(",")[1]) == ("seq", rows[0]["at"])
    wrong = burnin("audit", "--format", "json", "--outcome", "refusd")
    assert (wrong.code, json.loads(wrong.out)["error"]["reason"]) == (2, "usage")
    assert "did you mean refused?" in wrong.out
    assert "did you mean jsonl?" in burnin("audit", "--format", "jsnl").err


def test_flatten_without_a_terminal_needs_no_yes(burnin: Typist) -> None:
    """In a script the typed line is the confirmation: it goes as far as the trader, which is down."""
    ended = burnin("flatten", "--json")
    assert ended.code == 5
    assert "cannot be connected to" in json.loads(ended.out)["error"]["message"]


def test_flatten_on_a_terminal_asks_first(burnin: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    """A no at the question sends nothing, is exit 4 and stays on record; --yes does not ask."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    ended = burnin("flatten")
    assert ended.code == 4
    assert "Nothing was sent" in ended.err
    assert burnin("flatten", "--yes").code == 5
    rows = json.loads(burnin("audit", "--json").out)
    assert [row["outcome"] for row in rows if row["command"] == "flatten"] == ["failed", "refused"]


def test_verify_names_the_first_broken_entry(burnin: Typist) -> None:
    """A whole chain is exit 0; one changed entry is exit 1 with its number; no ledger is an error."""
    assert burnin("verify").code == 5
    burnin("status")
    assert burnin("verify").code == 0
    ledger = sqlite3.connect(burnin.folder / "burnin.db")
    triggers = [name for (name,) in ledger.execute("select name from sqlite_master where type = 'trigger'")]
    for name in triggers:
        ledger.execute(f'drop trigger "{name}"')
    ledger.execute("update entries set trader = 'another' where seq = 2")
    ledger.commit()
    ledger.close()
    ended = burnin("verify", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["broken_at"] == 2


def test_verify_proves_nothing_by_a_ledger_that_is_empty(burnin: Typist) -> None:
    """A file that was emptied would read as whole: it is exit 3, and the answer names who can tell more."""
    (burnin.folder / "burnin.db").touch()
    ended = burnin("verify")
    assert ended.code == 3
    assert "verify --slack" in ended.out
    assert json.loads(burnin("verify", "--each", "--json").out)["whole"] is False


def test_doctor_tells_all_and_ends_with_2_for_what_is_missing(burnin: Typist) -> None:
    """Doctor prints a line a finding, also for a configuration that cannot be used."""
    ended = burnin("doctor")
    assert ended.code == 2
    assert "unreachable nifty-orb: metrics" in ended.out
    burnin.config.write_text("traders: [{name: a, url: http://t, databse: x}]\n", encoding="utf-8")
    ended = burnin("doctor", "--json")
    assert ended.code == 2
    assert "did you mean database?" in json.loads(ended.out)["findings"][0]["text"]


def test_a_configuration_error_is_exit_2_for_every_command(burnin: Typist) -> None:
    """The complaint stands on standard error, and with --json in one object as well."""
    burnin.config.write_text("trader: []\n", encoding="utf-8")
    ended = burnin("status", "--json")
    assert ended.code == 2
    assert json.loads(ended.out)["error"]["reason"] == "configuration_error"
    assert "did you mean traders?" in ended.err


def test_init_writes_a_file_that_works_and_keeps_what_is_there(burnin: Typist) -> None:
    """`init` writes the shipped file once; a second time it refuses and changes nothing."""
    path = burnin.folder / "new" / "burnin.yaml"
    assert burnin("init", str(path)).code == 0
    assert burnin("doctor", "--config", str(path)).code == 2
    path.write_text("mine", encoding="utf-8")
    assert burnin("init", str(path)).code == 4
    assert path.read_text(encoding="utf-8") == "mine"


def test_manifest_prints_yaml(burnin: Typist) -> None:
    """The manifest can be pasted into Slack as it is printed."""
    ended = burnin("manifest")
    assert ended.code == 0
    assert "display_information:" in ended.out
    assert burnin("manifest", "--mode", "http").code == 2


async def test_check_and_watch_read_a_real_trader(tmp_path: Path) -> None:
    """A whole process: check prints its verdict first, and watch its table."""
    async with http_server(metrics=answer(METRICS), ready=answer_json({"mode": "paper"})) as trader:
        config = write_desk(tmp_path, trader.url, policy={"scrape_interval": "100ms"})
        checked = await _process("--config", str(config), "check")
        watched = await _process("--config", str(config), "watch", "--once")
    assert checked.out.split()[0] in ("PASS", "FAIL", "INCONCLUSIVE")
    assert "The counter did not increase." in checked.out
    assert 'ready: mode="paper"' in checked.out
    assert watched.code == 0
    assert "heartbeat.scan" in watched.out


async def _process(*words: str) -> Ended:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await started.communicate()
    return Ended(started.returncode or 0, out.decode(), err.decode())


def test_a_line_that_begins_with_its_own_name_runs(burnin: Typist) -> None:
    """Pasted with the program's name, it is the same line."""
    assert burnin("burnin", "status").out == burnin("status").out
    assert "check [trader]" in burnin("burnin").out


def test_without_words_it_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing asked for is a usage error that lists the commands."""
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "\n  status " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "try_this"),
    [
        ("nifty-orb drill", "burnin drill nifty-orb"),
        ("panic", "burnin flatten"),
        ("verfy", "burnin verify --help"),
        ("help verify", "burnin verify --help"),
        ("status nifty", "burnin status nifty-orb"),
        ("status zzz", "burnin status nifty-orb"),
        ("drill 50", "burnin drill --qty 50"),
    ],
)
def test_a_wrong_line_is_answered_with_the_right_one(burnin: Typist, line: str, try_this: str) -> None:
    """It stands alone behind `Try:`, to be copied."""
    ended = burnin(*line.split())
    assert ended.code == 2
    assert f"Try: {try_this}\n" in ended.err
