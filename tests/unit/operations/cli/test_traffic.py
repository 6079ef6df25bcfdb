"""Commands that move traffic decide on what is, not on what was before somebody took their time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from operations.cli import app as command_line
from operations.cli.exit_status import DONE, FAILED, REFUSED
from operations.execution.journal import Journals, Planned
from operations.reconcile.reconciliation import Scope
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.execution.worlds import InterruptionError, World
from tests.unit.operations.plans.topologies import with_region


class Operator:
    """Runs commands on a world, in which something may happen whenever the topology is about to be read again."""

    def __init__(self, patch: pytest.MonkeyPatch, journals: Path) -> None:
        self.world = World()
        self.journals = journals
        self.asked: list[list[Role]] = []
        """Which regions each topology was read from."""
        self.compared: list[Scope] = []
        self._later: Iterator[Any] = iter(())
        opened(patch, clock=self.world)
        patch.setattr("operations.cli.traffic_run.read_topology", self._read)
        patch.setattr("operations.cli.traffic_run.LiveControls", lambda **_: self.world)
        patch.setattr("operations.cli.traffic.reconciled", self._compare)
        patch.setattr("typer.prompt", lambda *_, **__: "dev")

    def run(self, *arguments: str, happening: Sequence[Any] = ()) -> int:
        """Run a command; before each topology but the first, something happens to what is seen."""
        self._later = iter((lambda seen: seen, *happening))
        return command_line.main([*arguments, "--journals", str(self.journals)])

    @property
    def plans(self) -> list[Planned]:
        """All plans that were written down."""
        written = [record for journal in Journals(self.journals, "dev").latest_first() for record in journal.records()]
        return [record for record in written if isinstance(record, Planned)]

    def _read(self, *_: object, roles: list[Role], **__: object) -> Topology:
        self.asked.append(roles)
        seen: Topology = next(self._later, lambda seen: seen)(self.world.topology())
        return seen

    def _compare(self, *_: object, scope: Scope, **__: object) -> Known[bool]:
        self.compared.append(scope)
        return Known(value=True)


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    return Operator(monkeypatch, tmp_path)


def ill(seen: Topology) -> Topology:
    return with_region(seen, Role.PRIMARY, health=Known(value=False))


def test_nothing_has_changed_while_the_name_was_typed(operator: Operator) -> None:
    assert operator.run("switchover") == DONE
    assert len(operator.asked) == 3  # before, again, after


def test_where_nobody_was_asked_nothing_is_read_again(operator: Operator) -> None:
    assert operator.run("switchover", "--yes") == DONE
    assert len(operator.asked) == 2


def test_a_precondition_is_gone_when_the_name_is_typed(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("switchover", happening=[ill]) == REFUSED
    assert "us-east-1 must be healthy: it is unhealthy" in capsys.readouterr().out
    assert (operator.world.touches, operator.plans) == (0, [])


def test_a_failover_asks_the_standby_alone_each_time(operator: Operator) -> None:
    assert operator.run("failover") == DONE
    assert operator.asked == [[Role.STANDBY]] * 3


def test_a_failover_meets_a_door_that_was_shut_meanwhile(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    def shut(_: Topology) -> Topology:
        operator.world.set_fence(Role.STANDBY)
        return operator.world.topology()

    assert operator.run("failover", happening=[shut]) == REFUSED
    assert "the plan must be the one that was shown" in capsys.readouterr().out
    assert operator.plans == []


def test_another_plan_begins_while_the_name_is_typed(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def meanwhile(*_: object, **__: object) -> str:
        operator.world.detection = 10_000  # which does not come to its end
        assert operator.run("switchover", "--yes") == FAILED
        return "dev"

    monkeypatch.setattr("typer.prompt", meanwhile)
    assert operator.run("switchover") == REFUSED
    assert "an interrupted switchover stands in the way" in capsys.readouterr().err
    assert len(operator.plans) == 1


class TestFailback:
    """It compares the replicas first, which takes long."""

    @pytest.fixture(autouse=True)
    def _taken_over(self, operator: Operator) -> None:
        operator.world.set_fence(Role.PRIMARY)
        operator.world.pass_(300)

    def test_it_compares_once(self, operator: Operator) -> None:
        assert operator.run("failback") == DONE
        assert (operator.compared, len(operator.asked)) == ([Scope()], 4)

    def test_it_compares_what_it_is_told_to(self, operator: Operator) -> None:
        assert operator.run("failback", "--since", "2026-01-31", "--exports", "s3://bucket/prefix") == DONE
        assert operator.compared == [Scope(since="2026-01-31T00:00:00.000Z", exports="s3://bucket/prefix")]

    def test_the_primary_falls_ill_while_they_are_compared(self, operator: Operator) -> None:
        touches = operator.world.touches
        assert operator.run("failback", "--yes", happening=[ill]) == REFUSED
        assert (operator.world.touches, operator.plans) == (touches, [])

    def test_the_plan_drains_for_the_lag_of_after_the_comparison(self, operator: Operator) -> None:
        def slower(_: Topology) -> Topology:
            operator.world.lag = 3
            return operator.world.topology()

        assert operator.run("failback", "--yes", happening=[slower]) == DONE
        assert [getattr(step, "seconds", None) for step in operator.plans[0].plan.steps][3] == 30


class TestADeadPrimary:
    """It is gone when somebody comes back to a plan that did not come to its end."""

    def test_the_way_back_is_refused(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        operator.world.detection = 10_000
        assert operator.run("switchover", "--yes") == FAILED
        operator.world.lost_at = operator.world.now
        assert operator.run("switchover", "--roll-back", "--yes") == REFUSED
        assert "us-east-1's replica must tell both fences: unknown (no connection)" in capsys.readouterr().out
        assert operator.world.may_write(Role.STANDBY)

    def test_both_regions_are_asked_when_the_way_back_is_resumed(self, operator: Operator) -> None:
        operator.world.detection = 10_000
        assert operator.run("failover", "--yes") == FAILED
        operator.world.interrupt_at = operator.world.touches + 1
        with pytest.raises(InterruptionError):
            operator.run("failover", "--roll-back", "--yes")
        operator.world.lost_at = operator.world.now
        assert operator.run("failover", "--resume", "--yes") == REFUSED
        assert operator.asked[-1] == list(Role)
        assert operator.world.may_write(Role.STANDBY)
