"""The nightly run as a cron line and as a systemd service with its timer, filled in for this install.

Both must work with an empty environment, no terminal and no HOME: every path is absolute, and the variables that decide
where models and servers lie are written out. Knows text, installs nothing.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from loop.night import clock_time
from schemas.home import home

JITTER_SECONDS = 900
"""Spread of the timer's start, so that machines that share a server do not begin at once."""
CARRIED = ("HF_HOME", "HF_HUB_OFFLINE", "CUDA_VISIBLE_DEVICES")
"""Variables that go into the schedule where they are set now."""


@dataclass(frozen=True, slots=True)
class Nightly:
    """What is to run each night."""

    name: str
    """Of the run."""
    runs_dir: Path
    at: str = "02:00"
    """Local time."""
    stop_by: str | None = "06:00"
    postgres: tuple[str, ...] = ()
    """The user's own servers; the embedded one without."""

    def command(self) -> list[str]:
        """The command with absolute paths."""
        words = [*program(), "run", "--rounds", "+1", "--run", self.name, "--runs-dir", str(self.runs_dir.absolute())]
        words += [part for dsn in self.postgres for part in ("--postgres", dsn)]
        return [*words, "--quiet", *(["--stop-by", self.stop_by] if self.stop_by else [])]


def program() -> list[str]:
    """How this install is called: its script `loop`, else its Python with the module, the current folder left out."""
    script = Path(sys.executable).with_name("loop")
    return [str(script)] if script.is_file() else [sys.executable, "-P", "-m", "loop"]


def variables() -> dict[str, str]:
    """The environment that the command needs and an empty one lacks."""
    carried = {name: os.environ[name] for name in CARRIED if os.environ.get(name)}
    return {"SQLLOOP_HOME": str(home().absolute()), **carried}


def cron_line(nightly: Nightly) -> str:
    """A line for `crontab -e`; a per cent sign, which cron reads as a line's end, is escaped."""
    hour, minute = clock_time(nightly.at, "--at")
    settings = [f"{name}={shlex.quote(value)}" for name, value in variables().items()]
    command = " ".join([*settings, shlex.join(nightly.command())])
    return f"{minute} {hour} * * * {command}".replace("%", r"\%")


def service(nightly: Nightly) -> str:
    """The systemd service: one round, then over."""
    lines = [
        "[Unit]",
        f"Description=sqlloop: one round of the run {_unit(nightly.name)}",
        "",
        "[Service]",
        "Type=oneshot",
        *[f"Environment={_quoted(f'{name}={value}')}" for name, value in variables().items()],
        f"ExecStart={' '.join(_quoted(word) for word in nightly.command())}",
        "# SIGTERM: the item at hand is finished and marked; 75: another process holds the run",
        "KillMode=mixed",
        "TimeoutStopSec=90",
        "SuccessExitStatus=75 143",
        "Nice=10",
    ]
    return "\n".join(lines) + "\n"


def timer(nightly: Nightly) -> str:
    """The systemd timer: every night, made up for if the machine was off, a little later on each machine."""
    hour, minute = clock_time(nightly.at, "--at")
    lines = [
        "[Unit]",
        f"Description=sqlloop: the run {_unit(nightly.name)} each night",
        "",
        "[Timer]",
        f"OnCalendar=*-*-* {hour:02d}:{minute:02d}:00",
        "Persistent=true",
        f"RandomizedDelaySec={JITTER_SECONDS}",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def _unit(text: str) -> str:
    """A value of a unit file: its specifiers begin with a per cent sign."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """A word of a unit file's command."""
    text = _unit(text).replace("$", "$$")
    if text and not set(text) & set(" \t\"'\\;"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
