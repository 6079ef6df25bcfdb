"""`dr status`: what it prints, and what its exit status says."""

import json
from dataclasses import replace

import pytest

from contract.roles import Role
from operations.cli import app as command_line
from operations.topology.model import Topology
from operations.topology.readings import Unknown
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.plans.topologies import topology, without
from tests.unit.operations.screens.situations import SITUATIONS

SILENT = Unknown("no connection")


def in_the_dark() -> Topology:
    """Return a topology of which nothing could be read."""
    dark = topology()
    for role in Role:
        dark = without(dark, role)
    return replace(dark, dns=SILENT, lag=dict.fromkeys(dark.lag, SILENT))


class TestStatus:
    """It tells who takes payments first; its exit status judges only when asked to."""

    def run(self, patch: pytest.MonkeyPatch, found: Topology, *arguments: str) -> int:
        opened(patch)
        patch.setattr("operations.cli.status.read_topology", lambda *_: found)
        return command_line.main(["status", *arguments])

    def test_trouble_is_no_failure(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(monkeypatch, SITUATIONS["the primary is unwell"]) == 0
        assert capsys.readouterr().out.startswith("dev: NOBODY takes payments since ")

    @pytest.mark.parametrize("option", [(), ("--exit-code",)])
    def test_not_to_know_who_takes_payments_is_a_failure(
        self, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...]
    ) -> None:
        assert self.run(monkeypatch, in_the_dark(), *option) == 1
        assert self.run(monkeypatch, SITUATIONS["nothing is deployed"], *option) == 1

    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("steady state", 0),
            ("the standby serves", 0),
            ("something is unknown", 3),
            ("an alarm rings", 4),
            ("the primary is lost", 5),
            ("held by an operator", 5),
        ],
    )
    def test_exit_code_judges(self, monkeypatch: pytest.MonkeyPatch, name: str, status: int) -> None:
        assert self.run(monkeypatch, SITUATIONS[name], "--exit-code") == status
        assert self.run(monkeypatch, SITUATIONS[name]) == 0

    def test_brief_is_one_line(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(monkeypatch, SITUATIONS["the primary is lost"], "--brief") == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert line.startswith("outage: dev: NOBODY takes payments since ")
        assert line.endswith(" Next: dr failover --to us-east-2")

    def test_watching_ends_with_ctrl_c(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        seen = iter(("steady state", "steady state", "the primary is lost"))

        def interrupted(_: float) -> None:
            try:
                found = SITUATIONS[next(seen)]
            except StopIteration:
                raise KeyboardInterrupt from None
            monkeypatch.setattr("operations.cli.status.read_topology", lambda *_: found)

        monkeypatch.setattr("operations.cli.status.time.sleep", interrupted)
        assert self.run(monkeypatch, SITUATIONS["steady state"], "--watch", "--exit-code") == 5
        first, second = capsys.readouterr().out.splitlines()
        assert first.startswith("well: ")
        assert second.startswith("outage: ")

    def test_as_json(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(monkeypatch, topology(), "--output", "json") == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["environment"], told["verdict"]["takesPayments"]) == ("dev", "us-east-1")

    @pytest.mark.parametrize("arguments", [[], ["-e", "dev"], ["--output", "text"]])
    def test_dr_alone_says_the_verdict_and_the_next_command(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
    ) -> None:
        opened(monkeypatch)
        found = SITUATIONS["held by an operator"]
        monkeypatch.setattr("operations.cli.status.read_topology", lambda *_: found)
        assert command_line.main(arguments) == 0
        first, *_, last = capsys.readouterr().out.splitlines()
        assert first.startswith("dev: NOBODY takes payments since 2026-01-31 12:00:03 UTC (20 min): alice stopped")
        assert last.startswith("Next: `dr start`: ")
