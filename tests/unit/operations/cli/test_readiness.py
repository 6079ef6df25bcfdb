"""`dr readiness`: what it prints, and what its exit status says."""

import json

import pytest

from contract.roles import Role
from operations.cli import app as command_line
from operations.readiness.model import Facts
from operations.topology.readings import Unknown
from operations.verdict.model import TrafficVerdict
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.readiness.test_rules import RECOVERY_OFF, STEADY, by_rule

SILENT = Unknown("no connection")


def run(patch: pytest.MonkeyPatch, found: Facts, *arguments: str) -> int:
    opened(patch)
    patch.setattr("operations.cli.readiness.read_facts", lambda *_: found)
    return command_line.main(["readiness", *arguments])


@pytest.mark.parametrize(
    ("found", "status", "verdict"),
    [
        (STEADY, 0, "Ready: "),
        (by_rule(Role.STANDBY, "table_recovery", RECOVERY_OFF), 1, "Not ready for a takeover: "),
        (by_rule(Role.STANDBY, "table_recovery", SILENT), 2, "Cannot tell "),
    ],
    ids=["pass", "fail", "unknown"],
)
def test_the_exit_status(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: Facts,
    status: int,
    verdict: str,
) -> None:
    assert run(monkeypatch, found) == status
    assert capsys.readouterr().out.splitlines()[-1].startswith(verdict)


@pytest.mark.parametrize(("option", "listed"), [((), False), (("--all",), True)])
def test_passes_are_listed_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: tuple[str, ...],
    listed: bool,  # noqa: FBT001 — pytest's parameter
) -> None:
    assert run(monkeypatch, STEADY, *option) == 0
    assert ("unattended takeover" in capsys.readouterr().out) is listed


def test_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, by_rule(Role.STANDBY, "table_recovery", SILENT), "-o", "json") == 2
    document = json.loads(capsys.readouterr().out)
    assert document["readiness"] == "unknown"
    assert TrafficVerdict.model_validate(document["verdict"]).takes_payments == "us-east-1"
    assert document["summary"].startswith("Cannot tell ")
    assert all(set(each) == {"check", "verdict", "detail", "remedy"} for each in document["findings"])
    assert all((each["remedy"] is None) is (each["verdict"] == "pass") for each in document["findings"])
