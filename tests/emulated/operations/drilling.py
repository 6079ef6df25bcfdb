"""Runs `dr drill` as an operator does, in an emulator whose time passes faster."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.emulated.operations.commands import ROOT, Ended
from tests.emulated.site import REGIONS, STANDBY, Site
from tests.emulated.writing import current_writer

SCALE = 4
"""Faster, the functions' own work, which takes real time, is most of what is measured."""
RETRY_SECONDS = 120 // SCALE
"""How soon a message that a worker left in the queue is seen again, in real time."""
_LONGEST_SECONDS = 1200
"""Longer than everything together that a drill waits for, so that the drill itself says what did not come."""
_POLL_SECONDS = 0.2


@contextmanager
def faster(site: Site) -> Iterator[None]:
    """Let time pass faster, and queues, whose time is real, keep pace."""
    emulator = site.deployment.emulator
    with ExitStack() as restored:
        restored.callback(emulator.set_time_scale, 1)
        emulator.set_time_scale(SCALE)
        for region in REGIONS:
            restored.enter_context(_retried_soon(site, region))
            site.aws("sqs", region).purge_queue(QueueUrl=site.queue("dead_letter", region))
        yield


@contextmanager
def _retried_soon(site: Site, region: str) -> Iterator[None]:
    queues, url = site.aws("sqs", region), site.queue("retry", region)
    before = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(RETRY_SECONDS)})
    try:
        yield
    finally:
        queues.set_queue_attributes(QueueUrl=url, Attributes=before)


def drill(
    site: Site,
    *arguments: str,
    interrupt_when: Callable[[], bool] | None = None,
    started: Callable[[subprocess.Popen[str]], None] | None = None,
) -> Ended:
    """Run a command of `dr drill` to its end, with Ctrl-C at a moment; `started` is told its process."""
    with subprocess.Popen(
        [sys.executable, "-m", "operations", "drill", *arguments, "--output", "json"],
        cwd=ROOT,
        env=site.deployment.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if started:
            started(process)
        try:
            while interrupt_when and process.poll() is None:
                if interrupt_when():
                    process.send_signal(signal.SIGINT)
                    break
                time.sleep(_POLL_SECONDS)
            output, messages = process.communicate(timeout=_LONGEST_SECONDS)
        except BaseException:
            process.kill()
            raise
    return Ended(process.returncode, output, messages)


def run_arguments(site: Site, scenario: str, evidence: Path) -> list[str]:
    """Return what runs a drill here."""
    outputs = str(site.deployment.directory / "outputs.json")
    where = ["--outputs", outputs, "--environment", site.suffix, "--evidence", str(evidence)]
    return ["run", scenario, "--yes", *where]


def serving_region(site: Site) -> str | None:
    """Return the region that may store payments, as the standby reads it."""
    writer = current_writer(site, STANDBY)
    return writer.region if writer.is_open else None
