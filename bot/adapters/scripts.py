"""The desk's own scripts: run as argv lists, never by a shell, and never longer than they may."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, field_validator

from bot.adapters.script_output import last_lines, read_tail
from bot.domain.duration import Duration, spoken
from bot.domain.results import ScriptRun
from bot.domain.value import Value
from bot.ports import Clock

PLACEHOLDERS: Final = ("symbol", "side", "qty", "strategy", "trader", "date")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_OWN_SECRETS = "SLACK_"  # the bot's tokens are no business of a script


class ArgvSpec(Value):
    """One script: its argv with `{placeholders}`, where it runs, for how long, and what its environment adds."""

    argv: tuple[str, ...] = Field(min_length=1)
    cwd: Path | None = None
    timeout: Duration = Field(timedelta(seconds=60), gt=timedelta(0))
    env: dict[str, SecretStr] = {}

    @field_validator("argv")
    @classmethod
    def _holds_known_placeholders_only(cls, argv: tuple[str, ...]) -> tuple[str, ...]:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        for element in argv:
            for name in _PLACEHOLDER.findall(element):
                if name not in PLACEHOLDERS:
                    raise ValueError(f"{element!r} holds the unknown placeholder {{{name}}}; there are {known}")
            if re.search(r"[{}]", _PLACEHOLDER.sub("", element)):
                raise ValueError(f"{element!r} holds a brace that is no placeholder; there are {known}")
        return argv

    def filled(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Return the argv with its placeholders filled; each element stays one element.

        Raises:
            KeyError: there is no value for a placeholder.
        """
        return tuple(_PLACEHOLDER.sub(lambda found: values[found[1]], element) for element in self.argv)


class ArgvRunner:
    """Runs scripts by name.

    Args:
        specs: the scripts.
        clock: times them.
        grace: how long a script that must end has between SIGTERM and SIGKILL.
    """

    def __init__(self, specs: Mapping[str, ArgvSpec], clock: Clock, grace: timedelta = timedelta(seconds=3)) -> None:
        self._specs = dict(specs)
        self._clock = clock
        self._grace = grace.total_seconds()

    def has(self, name: str) -> bool:
        """Tell whether a script of this name is configured."""
        return name in self._specs

    async def run(self, name: str, values: Mapping[str, str]) -> ScriptRun:
        """Run a script to its end or its time limit. Trouble is part of the answer."""
        spec = self._specs.get(name)
        if spec is None:
            return _not_run(name, (), f"no command called {name} is configured; add commands.{name} to the trader")
        try:
            argv = spec.filled(values)
        except KeyError as missing:
            return _not_run(name, spec.argv, f"commands.{name} wants {{{missing.args[0]}}}, which has no value here")
        if spec.cwd is not None and not spec.cwd.is_dir():
            return _not_run(name, argv, f"the folder {spec.cwd} is not there; mend cwd of commands.{name}")
        try:
            return await self._run(name, spec, argv)
        except FileNotFoundError:
            return _not_run(name, argv, f"there is no program {argv[0]}; mend commands.{name} or install it")
        except (OSError, ValueError) as error:
            return _not_run(name, argv, f"{argv[0]} cannot be started ({error}); mend commands.{name}")

    async def _run(self, name: str, spec: ArgvSpec, argv: tuple[str, ...]) -> ScriptRun:
        began, trouble = self._clock.monotonic(), None
        async with read_tail() as output:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=spec.cwd,
                env=_environment(spec.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output.write_end,
                stderr=output.write_end,
                start_new_session=True,  # a process group of its own, to be ended as a whole
            )
            output.close_write_end()
            async with self._ended(process):
                try:
                    async with asyncio.timeout(spec.timeout.total_seconds()):
                        await process.wait()
                except TimeoutError:
                    trouble = f"{argv[0]} was ended: it ran longer than its time limit of {spoken(spec.timeout)}"
            text = await output.text()
        return ScriptRun(
            name=name,
            argv=argv,
            exit_code=process.returncode if trouble is None else None,
            seconds=self._clock.monotonic() - began,
            tail=last_lines(text),
            trouble=trouble,
        )

    @asynccontextmanager
    async def _ended(self, process: asyncio.subprocess.Process) -> AsyncIterator[None]:
        """Leave no process of the group behind where the script did not end by itself, also when cancelled."""
        try:
            yield
        finally:
            if process.returncode is None:
                _signal_group(process, signal.SIGTERM)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._grace):
                        await process.wait()
                _signal_group(process, signal.SIGKILL)
                await process.wait()


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # PermissionError: nothing but zombies, on some systems
        os.killpg(process.pid, number)


def _environment(additions: Mapping[str, SecretStr]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SECRETS)}
    return {**inherited, **{name: value.get_secret_value() for name, value in additions.items()}}


def _not_run(name: str, argv: tuple[str, ...], trouble: str) -> ScriptRun:
    return ScriptRun(name=name, argv=argv, exit_code=None, seconds=0.0, trouble=trouble)
