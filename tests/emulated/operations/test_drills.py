"""Every scenario that comes with the project, as `dr drill run` runs it, in an emulator whose time passes faster.

Real work takes real time, which a faster clock multiplies: budgets are judged in real time, by `make drill`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator
from operations.drills.scenario import shipped
from tests.emulated.operations.commands import ROOT
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site

SCALE = 10
RETRY_SECONDS = 20
"""How soon a queued payment is tried again, in real time: five times must outlast a fence, or it is parked."""
_LONGEST_SECONDS = 200


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
    before = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(RETRY_SECONDS)})
    try:
        yield
    finally:
        queues.set_queue_attributes(QueueUrl=url, Attributes=before)


def drill(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `dr drill` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "operations", "drill", *arguments, "--output", "json"],
        cwd=ROOT,
        env=site.deployment.environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )


def run(site: Site, scenario: str, evidence: Path) -> Any:
    """Run a drill and return its verdict."""
    outputs = str(site.deployment.directory / "outputs.json")
    where = ["--outputs", outputs, "--environment", site.suffix, "--evidence", str(evidence)]
    done = drill(site, "run", scenario, "--yes", *where)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("scenario", shipped())
def test_scenario(site: Site, emulator: Emulator, evidence: Path, scenario: str) -> None:
    verdict = run(site, scenario, evidence)
    failures = {each["rule"]: each for each in verdict["findings"] if not each["holds"]}
    assert not {rule: each for rule, each in failures.items() if not rule.endswith("budget")}
    assert "not measured" not in {each["measured"] for each in failures.values()}
    # What it leaves behind: sound evidence, and a site as it was.
    shown = drill(site, "show", verdict["evidence"])
    assert shown.returncode == (1 if failures else 0), shown.stdout
    assert "was changed" not in shown.stdout
    assert emulator.control.faults() == []
    assert not any(_fenced(site, region) for region in REGIONS)


def test_a_drill_is_refused_while_a_fault_is_injected(site: Site, emulator: Emulator, evidence: Path) -> None:
    with emulator.inject("replication-slow", source=PRIMARY, destination=STANDBY, seconds=1):
        outputs = str(site.deployment.directory / "outputs.json")
        where = ["--outputs", outputs, "--environment", site.suffix, "--evidence", str(evidence)]
        refused = drill(site, "run", "region-loss", "--yes", *where)
    assert refused.returncode == 2
    assert "no other fault may be injected" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def _fenced(site: Site, region: str) -> bool:
    item = site.item(STANDBY, f"control#fence#{region}")
    return bool(item and item["fenced"]["BOOL"])
