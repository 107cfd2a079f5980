"""A process that replaces itself, and one that looks at its lease as soon as it goes on after a stop."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from bot.replacement import checked_when_woken
from tests.support.eventually import eventually

BEGINS_ANEW = """
import os, subprocess, sys
from pathlib import Path
from bot.replacement import replace_process
notes = Path(sys.argv[1])
with notes.open("a") as file:
    file.write(f"{os.getpid()} {sys.argv[2:]}\\n")
if len(notes.read_text().splitlines()) == 1:
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    notes.with_suffix(".child").write_text(str(child.pid))
    replace_process()
"""


async def test_a_process_begins_anew_under_its_own_name(tmp_path: Path) -> None:
    """Process id, command line and environment stay; a script that the old one had started does not."""
    program, notes = tmp_path / "program.py", tmp_path / "notes"
    program.write_text(BEGINS_ANEW, encoding="utf-8")
    words = (sys.executable, str(program), str(notes), "run", "--config", "a b")
    process = await asyncio.create_subprocess_exec(*words, env={**os.environ, "PYTHONPATH": str(Path.cwd())})
    assert await asyncio.wait_for(process.wait(), 30) == 0
    told = notes.read_text("utf-8").splitlines()
    assert told == [f"{process.pid} ['run', '--config', 'a b']"] * 2
    if sys.platform == "linux":  # elsewhere the children are not known
        child = notes.with_suffix(".child").read_text("utf-8")
        await eventually(lambda: not _lives(child))


BEGINS_ANEW_UNHEARD = """
import os, sys
from bot.replacement import replace_process
if not os.path.exists(sys.argv[1]):
    open(sys.argv[1], "w").close()
    sys.stdout.write("nobody reads this")
    replace_process()
"""


async def test_a_process_begins_anew_though_nobody_reads_what_it_says(tmp_path: Path) -> None:
    """What is left to be written to a closed pipe does not keep a deposed bot from ending."""
    program, anew = tmp_path / "program.py", tmp_path / "anew"
    program.write_text(BEGINS_ANEW_UNHEARD, encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    words = (sys.executable, str(program), str(anew))
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONUNBUFFERED": ""}
    process = await asyncio.create_subprocess_exec(*words, env=environment, stdout=writing)
    os.close(writing)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert anew.exists()


def test_a_woken_process_looks_before_anything_else_runs() -> None:
    """The signal ends what may not act any more where it stands; one that still may goes on."""

    class EndedError(Exception):
        """What a test ends with instead of its process."""

    def end() -> NoReturn:
        raise EndedError

    may_act = True
    with checked_when_woken(lambda: may_act, end):
        os.kill(os.getpid(), signal.SIGCONT)
        may_act = False
        with pytest.raises(EndedError):
            os.kill(os.getpid(), signal.SIGCONT)
    os.kill(os.getpid(), signal.SIGCONT)


def _lives(pid: str) -> bool:
    """Tell whether a process runs; one that nobody has waited for yet is dead all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
