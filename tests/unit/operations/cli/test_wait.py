"""`dr wait`: how it ends, and what it shows meanwhile."""

import json
from dataclasses import replace
from typing import Any

import pytest

from contract.outputs import QueueKind
from contract.roles import Role
from operations.cli import app as command_line
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import QueueDepth, Topology
from operations.topology.readings import Known
from operations.verdict.model import TrafficVerdict
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.plans.topologies import TAKEN_OVER, loss, topology, with_queue

BACK = (Role.STANDBY, Role.PRIMARY)
LAGGING = replace(TAKEN_OVER, lag={**TAKEN_OVER.lag, BACK: Known(12.0)})
FULL = with_queue(TAKEN_OVER, Role.STANDBY, QueueKind.RETRY, Known(QueueDepth(2, 0, 0)))


class Waiting:
    """Runs the command against topologies that come one after the other; the last one stays."""

    def __init__(self, patch: pytest.MonkeyPatch, *told: Topology | type[BaseException]) -> None:
        self.told = list(told)
        self.losses: list[LossEstimate] = []
        self.clock = FakeClock()
        opened(patch, clock=self.clock)
        patch.setattr("operations.cli.wait.read_topology", self.read)
        patch.setattr("operations.cli.wait.estimate_loss", self.estimate)

    def read(self, *_: Any, **__: Any) -> Topology:
        now = self.told.pop(0) if len(self.told) > 1 else self.told[0]
        if isinstance(now, Topology):
            return now
        raise now

    def estimate(self, *_: Any, source: Role, **__: Any) -> LossEstimate:
        return self.losses.pop(0) if self.losses else loss(source)

    def run(self, *arguments: str) -> int:
        return command_line.main(["wait", *(arguments or ("ready-for-failback",))])


def test_ready_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert Waiting(monkeypatch, TAKEN_OVER).run() == 0
    serving, ready = capsys.readouterr().out.splitlines()
    assert "us-east-2" in serving
    assert ready == (
        "Ready for failback. Next: `dr failback`, which first compares the payments of both regions. Waited 0 s."
    )


def test_what_is_waited_for_is_shown_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert Waiting(monkeypatch, LAGGING, LAGGING, FULL, TAKEN_OVER).run() == 0
    shown = capsys.readouterr().out
    assert shown.count("the replication lag us-east-2 → us-east-1 must be at most 5 s: 12.0 s") == 1
    assert "→ wait until it has settled; expected by 2026-01-01 00:05:00 UTC" in shown
    assert "waiting 0 s for 1 precondition, expected at 2026-01-01 00:05:00 UTC:" in shown
    assert "the retry queue of us-east-2 must be empty: 2" in shown
    assert "waiting 10 s for 1 precondition, when is not known:" in shown
    assert shown.endswith("Waited 15 s.\n")


def test_late_payments_are_waited_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = Waiting(monkeypatch, TAKEN_OVER)
    waiting.losses = [loss(Role.STANDBY, count=1, oldest=9.0)]
    assert waiting.run() == 0
    shown = capsys.readouterr().out
    assert "the oldest payment of us-east-2 that is not in us-east-1 must be at most 5 s: 9.0 s" in shown
    assert shown.endswith("Waited 5 s.\n")


def test_it_gives_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    waiting = Waiting(monkeypatch, LAGGING)
    began = waiting.clock.now
    assert waiting.run("ready-for-failback", "--within", "63s") == 1
    assert waiting.clock.now == began + 63
    assert capsys.readouterr().out.endswith("Not ready for failback within 63s. Waited 63 s.\n")


def test_ctrl_c_changes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert Waiting(monkeypatch, LAGGING, KeyboardInterrupt).run() == 130
    assert capsys.readouterr().out.endswith("Stopped waiting; nothing was changed. Waited 5 s.\n")


def test_nothing_to_wait_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert Waiting(monkeypatch, topology()).run() == 2
    assert capsys.readouterr().err.startswith("dr: there is nothing to wait for: us-east-1's ticker opened us-east-1")


def test_a_switchover_is_possible_from_either_region(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for told in (topology(), TAKEN_OVER):
        assert Waiting(monkeypatch, told).run("ready-for-switchover") == 0
        assert capsys.readouterr().out.endswith("\nReady for switchover. Next: `dr switchover`. Waited 0 s.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ready-for-nothing",), "is not one of 'ready-for-failback', 'ready-for-switchover'"),
        (("ready-for-failback", "--within", "soon"), "--within must be a number with s, m, h or d"),
    ],
)
def test_misuse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert Waiting(monkeypatch, TAKEN_OVER).run(*arguments) == 2
    assert said in capsys.readouterr().err


def test_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert Waiting(monkeypatch, LAGGING).run("ready-for-failback", "--within", "10s", "-o", "json") == 1
    told = json.loads(capsys.readouterr().out)
    assert TrafficVerdict.model_validate(told["verdict"]).takes_payments == "us-east-2"
    assert (told["environment"], told["condition"], told["ready"]) == ("dev", "ready-for-failback", False)
    assert told["waitedSeconds"] == 10
    assert told["expectedAt"] == "2026-01-01T00:05:00+00:00"
    (obstacle,) = told["obstacles"]
    assert (obstacle["found"], obstacle["remedy"]) == ("12.0 s", "wait until it has settled")
