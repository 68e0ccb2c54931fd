"""Worker processes end with their parent, also when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = """
import sys
from loop.config import resolve
from loop.session import Session
from loop.supply import Wish, supply
if __name__ == "__main__":
    session = Session(resolve("smoke", {"schemas": "hotel_group,crop_farm"}), None)
    print("begun", flush=True)
    supply(session, Wish(100_000, execute=False), workers=2)
"""


def children(process: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait(until: float, done: object) -> bool:
    end = time.monotonic() + until
    while time.monotonic() < end:
        if done():  # type: ignore[operator]
            return True
        time.sleep(0.2)
    return False


def test_a_killed_parent_leaves_no_worker(tmp_path: Path) -> None:
    script = tmp_path / "many.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "SQLLOOP_HOME": str(tmp_path)}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE) as parent:
        assert wait(90, lambda: len(children(parent.pid)) >= 3)  # two workers and the tracker of shared resources
        workers = children(parent.pid)
        time.sleep(8)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert wait(60, lambda: not any(alive(worker) for worker in workers))
