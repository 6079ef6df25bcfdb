"""A certification destroys and lists whatever happened before, keeps what was said, and stays within its budget."""

import json
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from sandbox import certify
from sandbox.certification import (
    DRILLS,
    Certification,
    CertificationRecord,
    CertificationStep,
    Spending,
    operating_steps,
)
from tests.unit.operations.cli.test_examples import COMMANDS


def step(name: str, code: str = "") -> CertificationStep:
    return CertificationStep(name, (sys.executable, "-c", code or f"print({name!r})"))


FAILS = step("pay", "import sys; print('no'); sys.exit(1)")


class Run:
    """A certification whose clock is told how long each step takes."""

    def __init__(self, directory: Path, *, budget: float = 10.0, each: float = 60.0) -> None:
        self.now, self.each = 0.0, each
        self.certificate = CertificationRecord("c1", 1.0, budget)
        self.said: list[str] = []
        spending = Spending(hourly=1.0, fixed=0.5, hours=2, clock=self.clock)
        self.run = Certification(self.certificate, directory, {}, spending, say=self.said.append, pause=self.pause).run
        self.directory = directory

    def clock(self) -> float:
        self.now += self.each / 4  # looked at about four times a step
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.certificate.steps]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


def test_all_steps_then_nothing_left_is_certified(directory: Path) -> None:
    run = Run(directory)
    run.run(step("deploy"), lambda: [step("pay"), step("switchover")], step("destroy"), list)
    assert run.names == ["deploy", "pay", "switchover", "destroy"]
    assert json.loads((directory / "certificate.json").read_text())["certified"] is True
    assert (directory / "pay.txt").read_text() == "pay\n"


def test_failure_is_named_and_destroys(directory: Path) -> None:
    run = Run(directory)
    run.run(step("deploy"), lambda: [FAILS, step("switchover")], step("destroy"), list)
    assert run.names == ["deploy", "pay", "destroy"]
    assert (run.certificate.ended, run.certificate.is_good) == ("pay ended with 1: see pay.txt", False)


def test_failed_deployment_is_destroyed_and_not_operated(directory: Path) -> None:
    run = Run(directory)
    run.run(step("deploy", "raise SystemExit(1)"), lambda: pytest.fail("operated"), step("destroy"), list)
    assert run.names == ["deploy", "destroy"]


def test_budget_is_not_passed(directory: Path) -> None:
    run = Run(directory, budget=1.0, each=3600.0)
    run.run(step("deploy"), lambda: [step("pay"), step("switchover")], step("destroy"), list)
    assert run.names == ["deploy", "destroy"]
    assert run.certificate.ended == "the budget of $1.00 is used up before: pay"


def test_interrupted_run_destroys(directory: Path) -> None:
    def operate() -> list[CertificationStep]:
        raise KeyboardInterrupt

    run = Run(directory)
    run.run(step("deploy"), operate, step("destroy"), list)
    assert (run.names, run.certificate.ended) == (["deploy", "destroy"], "interrupted")


@pytest.mark.parametrize("left", [["arn:aws:sqs:us-east-1:1:retry"], None])
def test_what_is_left_or_unknown_is_no_certificate(directory: Path, left: list[str] | None) -> None:
    def listed() -> list[str]:
        if left is None:
            raise RuntimeError("no answer")
        return left

    run = Run(directory)
    run.run(step("deploy"), list, step("destroy"), listed)
    assert run.certificate.left == left
    assert not run.certificate.is_good


def test_refused_step_is_tried_again(directory: Path) -> None:
    flag = directory / "known"
    code = f"import pathlib, sys; p = pathlib.Path({str(flag)!r}); k = p.exists(); p.touch(); sys.exit(0 if k else 2)"
    run = Run(directory)
    run.run(step("deploy"), lambda: [step("switchover", code)], step("destroy"), list)
    assert run.certificate.is_good


STEPS = operating_steps("c1", Path("o.json"), Path("e"), ["us-east-1", "us-east-2"])


@pytest.mark.parametrize(
    "command", [each.command[3:] for each in STEPS if each.command[2] == "operations"], ids=" ".join
)
def test_command_is_one_that_dr_takes(command: tuple[str, ...]) -> None:
    words = 2 if " ".join(command[:2]) in COMMANDS else 1
    path = " ".join(command[:words])
    COMMANDS[path].make_context(path, list(command[words:]))


def test_drills_are_those_that_run_on_aws() -> None:
    compliance = (Path(__file__).resolve().parents[3] / "docs" / "compliance.md").read_text()
    assert all(f"`{name}`" in compliance for name in DRILLS)


def test_nothing_is_begun_without_credentials(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def client(*_: object, **__: object) -> None:
        raise NoCredentialsError

    monkeypatch.setattr(boto3, "client", client)
    monkeypatch.setattr(sys, "argv", ["certify", "--evidence", str(tmp_path)])
    assert certify.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "certify: the shell must have credentials of a sandbox account: Unable to locate credentials"
    ]
    assert list(tmp_path.iterdir()) == []
