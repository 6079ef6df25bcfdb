"""Drills that do not come to their end: refused, and broken off."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import Emulator
from tests.emulated.operations.commands import ROOT
from tests.emulated.operations.drilling import drill, faster, run_arguments
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.writing import unattended


@pytest.fixture(scope="module")
def evidence(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let time pass faster, and return where drills leave their evidence."""
    with unattended(site), faster(site):
        yield tmp_path_factory.mktemp("evidence")


def test_a_drill_is_refused_while_a_fault_is_injected(site: Site, emulator: Emulator, evidence: Path) -> None:
    with emulator.inject("replication-slow", source=PRIMARY, destination=STANDBY, seconds=1):
        ended = drill(site, *run_arguments(site, "region-loss", evidence))
    assert ended.status == 2
    assert "no other fault may be injected" in ended.errors
    assert len(ended.errors.splitlines()) == 1


@pytest.mark.parametrize("scenario", ["region-los", "missing.toml", "README.md"])
def test_no_emulator_is_started_for_an_unknown_scenario(scenario: str) -> None:
    command = [sys.executable, "-m", "sandbox.drill", scenario]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    (*_, said) = ended.stderr.splitlines()
    assert ("`scenario` must be" in said, "region-loss" in said, said.endswith(f"got {scenario}")) == (True, True, True)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let commands hear Ctrl-C, even in a shell's background job, which is started to ignore it and hands that on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_rolls_back_first(site: Site, emulator: Emulator, evidence: Path) -> None:
    ended = drill(
        site,
        *run_arguments(site, "half-open-health-check", evidence),
        interrupt_when=lambda: bool(emulator.control.faults()),
    )
    assert ended.status == 130, ended.errors
    assert emulator.control.faults() == []
    assert ended.errors.splitlines()[-1] == "dr: interrupted; everything is put back"
    # The evidence says so, too.
    findings = {each["rule"]: each for each in ended.document["findings"]}
    assert "ended by KeyboardInterrupt" in findings["steps"]["measured"]
    assert findings["roll back"]["holds"]
