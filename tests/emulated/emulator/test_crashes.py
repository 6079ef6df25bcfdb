"""The emulator's own faults: a part that fails ends it, and being killed leaves nothing that is in the way."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator import Emulator
from tests.emulated.emulator.sample_api import administrator, create_function, role
from tests.emulated.emulator.test_process import COMMAND, workers_of
from tests.emulated.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]

# The part is replaced once the environment stands in which MiniStack may be imported.
WITH_A_FAILING_PART = """
import sys
from emulator import __main__, configuration

isolate = configuration.isolate

async def fail(self):
    raise ZeroDivisionError("by nothing")

def isolate_and_break(*arguments):
    isolate(*arguments)
    from emulator.events import schedules
    schedules.Schedules.run = fail

configuration.isolate = isolate_and_break
sys.exit(__main__.main())
"""

BUSY_CODE = """
import subprocess, sys, time

def handler(event, context):
    if event["sleep"]:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", __file__])
    time.sleep(event["sleep"])
"""


def start(*options: str) -> tuple[subprocess.Popen[str], Emulator]:
    """Start an emulator as a user does, and wait until it is ready."""
    process = subprocess.Popen(
        [*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    announced = dict(re.findall(r"export (\w+)=(.*)", "".join(iter(process.stdout.readline, "# Ready.\n"))))
    return process, Emulator(announced, process.pid)


def test_a_part_that_fails_ends_the_emulator_with_a_report() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITH_A_FAILING_PART, *COMMAND[3:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "emulator: the part 'schedules' failed: ZeroDivisionError: by nothing" in ended.stderr.splitlines()


def test_a_killed_emulator_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    process, emulator = start("--data-dir", str(tmp_path))
    try:
        client = administrator(emulator)
        create_function(client, "us-east-1", "busy", role(client, "busy"), BUSY_CODE)
        client("lambda").invoke(FunctionName="busy", Payload=b'{"sleep": 0}')
        threading.Thread(target=_wait_in_vain, args=(client,), daemon=True).start()
        eventually(lambda: _count(tmp_path, 2))  # the worker, and what its function has started
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=10)
    eventually(lambda: _count(tmp_path, 0))

    (left,) = tmp_path.iterdir()
    an_hour_ago = time.time() - 3600
    os.utime(left / "lock", (an_hour_ago, an_hour_ago))
    ports = {
        "--port": emulator.endpoint_url.rpartition(":")[2],
        "--data-plane-port": str(emulator.data_plane_port),
        "--dns-port": str(emulator.dns_port),
        "--control-port": emulator.environment["EMULATOR_CONTROL_URL"].rpartition(":")[2],
    }
    again, emulator = start("--data-dir", str(tmp_path), *(text for option in ports.items() for text in option))
    try:
        assert emulator.status()["faults"] == []
        assert left not in tmp_path.iterdir()
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.communicate(timeout=20)[1] == ""
    assert (again.returncode, list(tmp_path.iterdir())) == (0, [])


WITH_AN_EMULATOR = """
import time
from emulator import running

with running() as emulator:
    print(emulator.process_id, flush=True)
    time.sleep(300)
"""


def test_a_killed_test_run_leaves_no_emulator() -> None:
    with subprocess.Popen([sys.executable, "-c", WITH_AN_EMULATOR], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        emulator = int(run.stdout.readline())
        run.send_signal(signal.SIGKILL)

    def gone() -> None:
        assert not Path(f"/proc/{emulator}").exists()

    eventually(gone)


def _wait_in_vain(client: Callable[..., Any]) -> None:
    with contextlib.suppress(Exception):
        client("lambda").invoke(FunctionName="busy", Payload=b'{"sleep": 18}')


def _count(directory: Path, expected: int) -> None:
    assert len(workers_of(directory)) == expected
