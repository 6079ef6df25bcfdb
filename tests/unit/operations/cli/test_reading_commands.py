"""`dr status`, `dr history` and `dr readiness`: what they print, and what their exit status says."""

import json
from dataclasses import replace

import pytest

from operations.cli import app as command_line
from operations.readiness.model import Facts
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import open_in, topology, with_region, without
from tests.unit.operations.readiness.test_rules import STEADY, of

SILENT = Unknown("no connection")


def in_the_dark() -> Topology:
    """Return a topology of which nothing could be read."""
    dark = topology()
    for role in Role:
        dark = without(dark, role)
    return replace(dark, dns=SILENT, lag=dict.fromkeys(dark.lag, SILENT))


class TestStatus:
    """It tells, and does not judge."""

    def run(self, patch: pytest.MonkeyPatch, found: Topology, *arguments: str) -> int:
        opened(patch)
        patch.setattr("operations.cli.status.read_topology", lambda *_: found)
        return command_line.main(["status", *arguments])

    def test_trouble_is_no_failure(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(monkeypatch, with_region(topology(), Role.PRIMARY, health=Known(value=False))) == 0
        assert "UNHEALTHY" in capsys.readouterr().out

    def test_one_fact_is_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.run(monkeypatch, with_region(in_the_dark(), Role.STANDBY, health=Known(value=True))) == 0

    def test_nothing_read_is_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.run(monkeypatch, in_the_dark()) == 1

    def test_as_json(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(monkeypatch, topology(), "--output", "json") == 0
        assert json.loads(capsys.readouterr().out)["environment"] == "dev"


class TestHistory:
    """Epoch by epoch, newest first."""

    def run(self, patch: pytest.MonkeyPatch, found: Topology, *arguments: str) -> int:
        opened(patch, aws=FakeAws({("dynamodb", "get_item"): {}}))
        patch.setattr("operations.cli.history.read_topology", lambda *_, **__: found)
        return command_line.main(["history", "--last", "2", *arguments])

    def test_who_did_what(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        found = topology(writer=open_in(reason="the closing has settled"))
        assert self.run(monkeypatch, found) == 0
        _, newest, before = capsys.readouterr().out.splitlines()
        for part in (
            "7",
            "2026-01-31 12:00:03 UTC",
            "us-east-1's ticker",
            "open in us-east-1",
            "the closing has settled",
        ):
            assert part in newest
        assert "unknown: no ticker saw it" in before

    def test_as_json(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(monkeypatch, topology(), "-o", "json") == 0
        newest, before = json.loads(capsys.readouterr().out)
        assert (newest["epoch"], newest["writer"]["value"]["state"]) == (7, "open")
        assert before["writer"] == {"unknown": "no ticker saw it"}

    def test_nothing_read_is_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.run(monkeypatch, in_the_dark()) == 1

    def test_writer_that_nobody_created(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = topology()
        for role in Role:
            found = with_region(found, role, control=Known(None))
        assert self.run(monkeypatch, found) == 1
        assert capsys.readouterr().err == "dr: nobody has created the writer yet\n"


class TestReadiness:
    """It judges, for a scheduler."""

    def run(self, patch: pytest.MonkeyPatch, found: Facts, *arguments: str) -> int:
        opened(patch)
        patch.setattr("operations.cli.readiness.read_facts", lambda *_: found)
        return command_line.main(["readiness", *arguments])

    @pytest.mark.parametrize(
        ("found", "status", "verdict"),
        [
            (STEADY, 0, "pass"),
            (of(Role.STANDBY, point_in_time_recovery=Known(value=False)), 1, "fail"),
            (of(Role.STANDBY, point_in_time_recovery=SILENT), 2, "unknown"),
        ],
        ids=["pass", "fail", "unknown"],
    )
    def test_the_exit_status(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        found: Facts,
        status: int,
        verdict: str,
    ) -> None:
        assert self.run(monkeypatch, found) == status
        assert capsys.readouterr().out.strip().endswith(f"readiness: {verdict}")

    def test_as_json(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(monkeypatch, STEADY, "-o", "json") == 0
        told = json.loads(capsys.readouterr().out)
        assert told["verdict"] == "pass"
        assert all(set(each) == {"check", "verdict", "detail"} for each in told["findings"])
