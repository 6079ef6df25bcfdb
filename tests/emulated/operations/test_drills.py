"""Scenarios that come with the project, as `dr drill run` runs it, in an emulator whose time passes faster.

Real work takes real time, which a faster clock multiplies: budgets are judged in real time, by `make drill`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from operations.drills.scenario import shipped
from tests.emulated.operations.commands import ROOT
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site

IN_EVERY_RUN = ("bucket-replication-stalled", "function-crash-loop", "half-open-health-check", "region-loss")
"""The rest takes some eight minutes more, most of it waiting for failbacks to be allowed: `make drills` runs all."""

SCENARIOS = tuple(shipped()) if "ALL_DRILLS" in os.environ else IN_EVERY_RUN
SCALE = 10
RETRY_SECONDS, RETRIES = 12, 20
"""How soon a queued payment is tried again, in real time, and how often: that must outlast a fence, or it is parked."""
_LONGEST_SECONDS = 400
_POLL_SECONDS = 0.2


@pytest.fixture(scope="module")
def evidence(emulator: Emulator, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let time pass faster, and return where drills leave their evidence."""
    with ExitStack() as restored:
        restored.callback(emulator.set_time_scale, 1)
        emulator.set_time_scale(SCALE)
        for region in REGIONS:
            restored.enter_context(_retried_soon(site, region))
            site.aws("sqs", region).purge_queue(QueueUrl=site.queue("dead_letter", region))
        yield tmp_path_factory.mktemp("evidence")


@contextmanager
def _retried_soon(site: Site, region: str) -> Iterator[None]:
    queues, url = site.aws("sqs", region), site.queue("retry", region)
    names = ["VisibilityTimeout", "RedrivePolicy"]
    before = queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    policy = json.dumps({**json.loads(before["RedrivePolicy"]), "maxReceiveCount": RETRIES})
    queues.set_queue_attributes(
        QueueUrl=url, Attributes={"VisibilityTimeout": str(RETRY_SECONDS), "RedrivePolicy": policy}
    )
    try:
        yield
    finally:
        queues.set_queue_attributes(QueueUrl=url, Attributes=before)


def drill(site: Site, *arguments: str, interrupt_when: Callable[[], bool] | None = None) -> tuple[int, str, str]:
    """Run a command of `dr drill` to its end, with Ctrl-C at a moment; return its exit status and what it says."""
    with subprocess.Popen(
        [sys.executable, "-m", "operations", "drill", *arguments, "--output", "json"],
        cwd=ROOT,
        env=site.deployment.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
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
    return process.returncode, output, messages


def run_arguments(site: Site, scenario: str, evidence: Path) -> list[str]:
    """Return what runs a drill here."""
    outputs = str(site.deployment.directory / "outputs.json")
    where = ["--outputs", outputs, "--environment", site.suffix, "--evidence", str(evidence)]
    return ["run", scenario, "--yes", *where]


def run(site: Site, scenario: str, evidence: Path) -> Any:
    """Run a drill and return its verdict."""
    _, output, messages = drill(site, *run_arguments(site, scenario, evidence))
    assert output, messages
    return json.loads(output)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(site: Site, emulator: Emulator, evidence: Path, scenario: str) -> None:
    verdict = run(site, scenario, evidence)
    failures = {each["rule"]: each for each in verdict["findings"] if not each["holds"]}
    assert not {rule: each for rule, each in failures.items() if not rule.endswith("budget")}
    assert "not measured" not in {each["measured"] for each in failures.values()}
    # What it leaves behind: sound evidence, and a site as it was.
    status, shown, _ = drill(site, "show", verdict["evidence"])
    assert status == (1 if failures else 0), shown
    assert "was changed" not in shown
    assert emulator.control.faults() == []
    assert not any(_fenced(site, region) for region in REGIONS)


def test_a_drill_is_refused_while_a_fault_is_injected(site: Site, emulator: Emulator, evidence: Path) -> None:
    with emulator.inject("replication-slow", source=PRIMARY, destination=STANDBY, seconds=1):
        status, _, messages = drill(site, *run_arguments(site, "region-loss", evidence))
    assert status == 2
    assert "no other fault may be injected" in messages
    assert len(messages.splitlines()) == 1


def test_ctrl_c_rolls_back_first(site: Site, emulator: Emulator, evidence: Path) -> None:
    status, output, messages = drill(
        site,
        *run_arguments(site, "half-open-health-check", evidence),
        interrupt_when=lambda: bool(emulator.control.faults()),
    )
    assert status == 130, messages
    assert emulator.control.faults() == []
    assert messages.splitlines()[-1] == "dr: interrupted; everything is put back"
    # The evidence says so, too.
    findings = {each["rule"]: each for each in json.loads(output)["findings"]}
    assert "ended by KeyboardInterrupt" in findings["steps"]["measured"]
    assert findings["roll back"]["holds"]


def _fenced(site: Site, region: str) -> bool:
    item = site.item(STANDBY, f"control#fence#{region}")
    return bool(item and item["fenced"]["BOOL"])
