"""What a drill's steps act on, in memory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handlers.writer.item import Writer
from operations.drills.commands import Commands
from operations.drills.conditions import LatestObservations
from operations.drills.damage import DrillDamage
from operations.drills.duplicate_acceptance import Judge
from operations.drills.faults import FaultError
from operations.drills.ledger import Ledger
from operations.drills.log import EventLog
from operations.drills.operators import Operators
from operations.drills.releases import DrillReleases
from operations.drills.steps import DrillPerformer
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.drills.world import FakeAws, FakeTable, site


@dataclass
class Stage:
    """Everything that a step acts on, in memory."""

    performer: DrillPerformer
    log: EventLog
    clock: FakeClock
    watch: LatestObservations
    ledger: Ledger
    table: FakeTable
    """The standby's replica."""
    injected: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def inject(self, id_: str, fault: str, values: dict[str, object]) -> None:
        if fault == "impossible":
            raise FaultError("the emulator refuses: unknown fault")
        self.injected.append((id_, fault, values))

    def heal(self, id_: str) -> None:
        self.injected = [each for each in self.injected if each[0] != id_]

    def heal_all(self) -> None:
        if any(fault == "stubborn" for _, fault, _ in self.injected):
            raise FaultError("the emulator's control interface does not answer")
        self.injected.clear()

    def require_lasting(self) -> None:
        if any(fault == "short" for _, fault, _ in self.injected):
            raise FaultError("loss ended before it was to")


def stage(
    tmp_path: Path,
    *held: str,
    scale: float = 1,
    writer: Writer | None = None,
    publisher: Any = None,
    past: Any = None,
    primary: Any = None,
) -> Stage:
    """Return a stage whose standby holds these payments, and the writer; the primary answers by a table, if at all."""
    clock, table = FakeClock(scale=scale), FakeTable(*held, writer=writer)
    log, watch, ledger = EventLog(tmp_path / "events.jsonl", clock), LatestObservations(("payer-1",)), Ledger()
    clients: dict[tuple[str, str], Any] = {("dynamodb", "us-east-2"): table}
    if primary is not None:
        clients["dynamodb", "us-east-1"] = primary
    aws: Any = FakeAws(clients)
    operators = Operators(
        commands=Commands(tmp_path / "commands", ()),
        clock=clock,
        log=log,
        watch=watch,
        judge=Judge(site(), log, trails=tmp_path / "trails", accepted=tmp_path / "accepted"),
    )
    made = Stage(None, log, clock, watch, ledger, table)  # type: ignore[arg-type]
    made.performer = DrillPerformer(
        site=site(),
        aws=aws,
        clock=clock,
        log=log,
        watch=watch,
        ledger=ledger,
        faults=made,  # type: ignore[arg-type]
        operators=operators,
        releases=DrillReleases(publisher, operators, log),
        damage=DrillDamage(past, site=site(), aws=aws, operators=operators, clock=clock, log=log),
    )
    return made
