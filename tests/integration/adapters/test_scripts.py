"""Scripts as real processes."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.adapters.clock import SystemClock
from bot.adapters.script_output import last_lines
from bot.adapters.scripts import ArgvRunner, ArgvSpec
from bot.domain.results import ScriptRun
from tests.support.eventually import eventually

GRACE = timedelta(milliseconds=300)


def python(program: str, *more: str, **spec: Any) -> ArgvSpec:
    """Return a script that runs a Python program given as text."""
    return ArgvSpec(argv=(sys.executable, "-c", program, *more), **spec)


async def run(spec: ArgvSpec, **values: str) -> ScriptRun:
    """Run one script."""
    return await ArgvRunner({"one": spec}, SystemClock(), grace=GRACE).run("one", values)


def alive(pid: int) -> bool:
    """Tell whether a process runs; somebody else's zombie does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


async def test_placeholders_fill_whole_elements() -> None:
    """A value with spaces, quotes and shell signs stays one argument, and is never run by a shell."""
    ran = await run(
        python("import sys; print(sys.argv[1:])", "--symbol", "{symbol}", "{side}-{qty}"),
        symbol="NIFTY; echo $HOME 'x' {qty}",
        side="LONG",
        qty="50",
    )
    assert ran.tail == repr(["--symbol", "NIFTY; echo $HOME 'x' {qty}", "LONG-50"])
    assert ran.succeeded
    assert ran.argv[-1] == "LONG-50"


async def test_exit_code_and_both_streams_are_captured(tmp_path: Path) -> None:
    """Standard output and error come together; folder and environment are as configured."""
    program = "import os, sys; print(os.getcwd()); print(os.environ['X'], file=sys.stderr); sys.exit(3)"
    ran = await run(python(program, cwd=tmp_path, env={"X": "from env"}))
    assert (ran.exit_code, ran.trouble, ran.succeeded) == (3, None, False)
    assert set(ran.tail.splitlines()) == {str(tmp_path), "from env"}
    assert 0 < ran.seconds < 60


async def test_the_bots_tokens_stay_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script does not inherit what opens the bot's Slack."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    ran = await run(python("import os; print('SLACK_BOT_TOKEN' in os.environ, 'PATH' in os.environ)"))
    assert ran.tail == "False True"


async def test_only_the_last_lines_are_kept() -> None:
    """Megabytes of output leave their last twenty lines."""
    ran = await run(python("for n in range(300_000): print('line', n)"))
    assert ran.tail.splitlines() == [f"line {n}" for n in range(299_980, 300_000)]


async def test_time_limit_ends_the_whole_group(tmp_path: Path) -> None:
    """A hanging script and its children end, SIGTERM ignored or not; the answer says so with what was written."""
    pids = tmp_path / "pids"
    program = (
        "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal, time;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)']);"
        "open(sys.argv[1], 'w').write(str(os.getpid()) + ' ' + str(child.pid));"
        "print('hanging', flush=True); time.sleep(60)"
    )
    ran = await run(python(program, str(pids), timeout=timedelta(seconds=2)))
    assert ran.exit_code is None
    assert ran.trouble == f"{sys.executable} was ended: it ran longer than its time limit of 2 s"
    assert ran.tail == "hanging"
    for pid in pids.read_text().split():
        await eventually(lambda pid=int(pid): not alive(pid))


async def test_cancelling_ends_the_group(tmp_path: Path) -> None:
    """A cancelled run leaves nothing behind."""
    mark = tmp_path / "pid"
    program = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
    task = asyncio.create_task(run(python(program, str(mark))))
    await eventually(lambda: mark.exists() and mark.read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: not alive(int(mark.read_text())))


async def test_a_background_child_does_not_hold_the_script_up() -> None:
    """A script that ended is over, though a daemon it left behind still holds its output."""
    program = (
        "import subprocess, sys;print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid)"
    )
    ran = await run(python(program, timeout=timedelta(seconds=30)))
    os.kill(int(ran.tail), signal.SIGKILL)
    assert ran.succeeded


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (ArgvSpec(argv=("no-such-program",)), "there is no program no-such-program"),
        (ArgvSpec(argv=("true",), cwd=Path("/no/such/folder")), "/no/such/folder is not there"),
        (ArgvSpec(argv=("/",)), "/ cannot be started"),
        (ArgvSpec(argv=("echo", "{qty}")), "wants {qty}"),
        (ArgvSpec(argv=("echo", "{symbol}")), "cannot be started"),
    ],
)
async def test_what_cannot_start_is_said(spec: ArgvSpec, words: str) -> None:
    """A missing program, folder, permission or value is trouble in one sentence, with what to mend."""
    ran = await run(spec, symbol="nul\0byte")
    assert words in str(ran.trouble)
    assert "commands.one" in str(ran.trouble)
    assert ran.exit_code is None


async def test_unconfigured_scripts_are_told() -> None:
    """A name nobody configured is not there, and running it is trouble."""
    runner = ArgvRunner({}, SystemClock())
    assert not runner.has("report")
    assert "commands.report" in str((await runner.run("report", {})).trouble)


@pytest.mark.parametrize("element", ["{symbo}", "{}", "{{symbol}}", "{symbol", '{"a": 1}', "}"])
def test_unknown_placeholders_are_refused(element: str) -> None:
    """A brace that is no known placeholder is a mistake in the configuration."""
    with pytest.raises(ValidationError, match=r"\{symbol\}, \{side\}"):
        ArgvSpec(argv=("echo", element))


@pytest.mark.parametrize("spec", [{"argv": []}, {"argv": ["x"], "timeout": 0}, {"argv": ["x"], "shell": True}])
def test_senseless_specs_are_refused(spec: dict[str, Any]) -> None:
    """An empty argv, no time and an unknown key are mistakes in the configuration."""
    with pytest.raises(ValidationError):
        ArgvSpec(**spec)


def test_output_is_shown_as_a_terminal_left_it() -> None:
    """Colours, titles and control characters go; a progress line shows its last state."""
    raw = "\x1b[1;31mred\x1b[0m\x07\r\n 10%\r 20%\r100% done\r\n\x1b]0;title\x07ta\tb\x00\x9b\n\n" + "x" * 600
    assert last_lines(raw) == "red\n100% done\nta\tb\n\n" + "x" * 500 + "…"
