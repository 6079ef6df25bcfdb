"""What people see of the commands that look at a deployment: readiness, reconcile, history and wait."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console

from contract.roles import Role
from operations.cli.exit_status import DONE, FAILED
from operations.cli.history import show_history
from operations.cli.readiness import show_readiness
from operations.cli.reconcile import reconcile
from operations.cli.session import Session
from operations.cli.wait import wait_until_ready
from operations.readiness.awaited_move import AwaitedMove
from operations.readiness.model import Facts
from operations.reconcile.reconciliation import Scope
from operations.reconcile.report import Report
from operations.reconcile.sources import LOGS, TABLES
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.cli.sessions import session
from tests.unit.operations.cli.test_history import STORY
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import NAMES, loss, open_in, topology, with_region, without
from tests.unit.operations.readiness.test_rules import NOW as FACTS_NOW
from tests.unit.operations.readiness.test_rules import RECOVERY_OFF, TOPOLOGY, by_rule, of
from tests.unit.operations.readiness.test_rules import STEADY as STEADY_FACTS
from tests.unit.operations.reconcile.world import NOW, OLD, PRIMARY, STANDBY, World, stored

_HISTORY_NOW = 1_769_864_470.0
"""An hour after the story's end."""
_BACK = (Role.STANDBY, Role.PRIMARY)
_TRAIL = Path("reconcile.jsonl")
_SINCE = "2026-05-28T18:00:00.000Z"


@dataclass(frozen=True)
class Shown:
    """A screen, and how its command should end."""

    draw: Callable[[Console], int]
    """Prints it, and returns how the command ends."""
    status: int


def looks() -> dict[str, Shown]:
    """Return each screen's title, and what draws it."""
    failing = of(
        Role.STANDBY,
        by_rule=by_rule(Role.STANDBY, "table_recovery", RECOVERY_OFF).regions[Role.STANDBY].by_rule,
        account_concurrency=Unknown("AccessDenied (GetAccountSettings)"),
    )
    lost = replace(STEADY_FACTS, topology=without(TOPOLOGY, Role.PRIMARY))
    served = topology(writer=open_in(Role.STANDBY, by="alice", at="2026-05-28T18:12:00.000Z"), read_at=NOW)
    lagging = replace(served, lag={**served.lag, _BACK: Known(12.0)})
    nowhere = without(without(topology(read_at=_HISTORY_NOW), Role.PRIMARY), Role.STANDBY)
    unfit = with_region(lagging, Role.PRIMARY, health=Known(value=False))
    return {
        "dr readiness, ready": Shown(_readiness(STEADY_FACTS), 0),
        "dr readiness, something fails": Shown(_readiness(failing), 1),
        "dr readiness, the primary is lost": Shown(_readiness(lost), 2),
        "dr reconcile, clean": Shown(_reconcile(_clean), 0),
        "dr reconcile, a loss, a conflict and a gap in the logs": Shown(_reconcile(_differing), 1),
        "dr reconcile, the primary is lost": Shown(_reconcile(_out_of_reach), 2),
        "dr history": Shown(_history(topology(writer=STORY[-1], read_at=_HISTORY_NOW)), DONE),
        "dr history, nothing is reached": Shown(_history(nowhere), FAILED),
        "dr wait ready-for-failback, ready": Shown(_wait(served), DONE),
        "dr wait ready-for-failback, in vain": Shown(_wait(unfit), FAILED),
        "dr wait ready-for-failback, it lags at first": Shown(_wait(lagging, served), DONE),
    }


def _readiness(facts: Facts) -> Callable[[Console], int]:
    def draw(console: Console) -> int:
        with _at(console), patch("operations.cli.readiness.read_facts", lambda *_: facts):
            return show_readiness(session(clock=FakeClock(FACTS_NOW)), passes=False)

    return draw


def _history(found: Topology) -> Callable[[Console], int]:
    items = {f"epoch#{NAMES[Role.STANDBY]}#{each.epoch}": {**each.item(), "seenAt": {"S": each.at}} for each in STORY}

    def get(*, Key: dict[str, Any], **_: Any) -> Any:  # noqa: N803 — AWS's name
        item = items.get(Key["pk"]["S"])
        return {"Item": item} if item else {}

    def draw(console: Console) -> int:
        aws = FakeAws({("dynamodb", "get_item"): get})
        with _at(console), patch("operations.cli.history.read_topology", lambda *_, **__: found):
            return show_history(session(aws=aws, clock=FakeClock(_HISTORY_NOW)), most=20, since=None)

    return draw


def _wait(*found: Topology) -> Callable[[Console], int]:
    def draw(console: Console) -> int:
        told = list(found)

        def read(*_: object, **__: object) -> Topology:
            return told.pop(0) if len(told) > 1 else told[0]

        with (
            _at(console),
            patch("operations.cli.wait.read_topology", read),
            patch("operations.cli.wait.estimate_loss", lambda *_, source, **__: loss(source)),
        ):
            return wait_until_ready(session(clock=FakeClock(NOW)), AwaitedMove.FAILBACK, "30s")

    return draw


def _clean(world: World) -> None:
    for number in range(3):
        world.hold(stored(f"rent-{number}"))


def _differing(world: World) -> None:
    _clean(world)
    world.hold(stored("rent-7", at=OLD + 12, amount="1250.00"), TABLES[0], *LOGS)
    world.hold(stored("rent-8", at=OLD + 20), TABLES[0], *LOGS)
    world.hold(stored("rent-8", at=OLD + 60, amount="99", region=STANDBY), TABLES[1])
    world.hold(stored("rent-9", at=OLD + 30, amount="7"), *TABLES)


def _out_of_reach(world: World) -> None:
    _clean(world)
    world.tables[PRIMARY].down = world.buckets[PRIMARY].down = world.queues[PRIMARY].down = True


@cache
def _compared(prepare: Callable[[World], None]) -> Report:
    """Compare once for all widths: that takes the most time of all screens."""
    world = World()
    prepare(world)
    with tempfile.TemporaryDirectory() as directory:
        return world.reconcile(Path(directory) / "trail.jsonl", scope=Scope(since=_SINCE))


def _reconcile(prepare: Callable[[World], None]) -> Callable[[Console], int]:
    def draw(console: Console) -> int:
        world = World()
        prepare(world)
        with ExitStack() as stack:
            stack.enter_context(_at(console))
            stack.enter_context(chdir(stack.enter_context(tempfile.TemporaryDirectory())))
            stack.enter_context(patch("operations.cli.standing.read_topology", lambda *_: _standing(world)))
            stack.enter_context(patch("operations.cli.reconcile.who", lambda _: "ann"))
            stack.enter_context(patch("operations.cli.reconcile._run", lambda *_: _compared(prepare)))
            return reconcile(
                session(aws=world, clock=world.clock),
                repair=False,
                write_logs=False,
                reason="",
                since=_SINCE,
                earlier=0,
                lag=60,
                batches_kept=False,
                exports=None,
                accepted=None,
                audit=_TRAIL,
                journals=Path("journals"),
            )

    return draw


def _standing(world: World) -> Topology:
    found = topology(writer=open_in(Role.STANDBY, by="alice", at="2026-05-28T18:12:00.000Z"), read_at=NOW)
    return without(found, Role.PRIMARY) if world.tables[PRIMARY].down else found


@contextmanager
def _at(console: Console) -> Iterator[None]:
    """Have commands write to a console, as they do where no terminal is: nothing is drawn over."""
    with patch.object(Session, "console", property(lambda _: console)), patch.dict(os.environ, clear=True):
        yield
