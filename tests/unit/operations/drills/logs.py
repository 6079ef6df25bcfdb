"""Event logs as drills write them, made by hand: the moments are elapsed seconds."""

from typing import Any, TypeVar

from contract.roles import Role
from handlers.writer.item import ClosingKind, WriterState
from operations.drills.events import (
    AlarmSample,
    AnyEvent,
    Began,
    BehindSample,
    DnsSample,
    FaultChange,
    LogCheck,
    PaymentAttempt,
    Phase,
    ProbeSample,
    ReplicaCheck,
    WriterSample,
)

START = 1_800_000_000.0
PAYER, IGNORANT = "payer-1", "ignorant"
ADDRESSES = {Role.PRIMARY: "127.0.1.1", Role.STANDBY: "127.0.1.2"}

E = TypeVar("E", bound=AnyEvent)


def event(kind: type[E], elapsed: float, **values: Any) -> E:
    return kind(at=START + elapsed, elapsed=elapsed, **values)


def began(*, payers: tuple[str, ...] = (PAYER,), scale: float = 1) -> Began:
    regions = {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"}
    return event(
        Began,
        0,
        drill="d",
        scenario="region-loss",
        environment="dev",
        regions=regions,
        emulator=True,
        time_scale=scale,
        payers=payers,
        ignorant=(IGNORANT,),
    )


def attempt(
    elapsed: float,
    payment: str,
    *,
    status: int | None = 201,
    role: Role = Role.PRIMARY,
    client: str = PAYER,
    began: float | None = None,
    doubtful: bool | None = None,
) -> PaymentAttempt:
    return event(
        PaymentAttempt,
        elapsed,
        client=client,
        payment=payment,
        began=elapsed - 0.1 if began is None else began,
        address=ADDRESSES[role],
        role=role,
        status=status,
        error="" if status else "refused",
        doubtful=doubtful,
    )


def dns(elapsed: float, role: Role | None = Role.PRIMARY) -> DnsSample:
    return event(DnsSample, elapsed, role=role, addresses=(), error="" if role else "timed out")


def writer(
    elapsed: float,
    epoch: int,
    owner: Role = Role.PRIMARY,
    closing: ClosingKind | None = None,
    *,
    replica: Role = Role.STANDBY,
) -> WriterSample:
    """Return what a replica said of the writer."""
    state = WriterState.CLOSING if closing else WriterState.OPEN
    return event(
        WriterSample, elapsed, replica=replica, owner=owner, epoch=epoch, state=state, closing=closing, automatic=True
    )


def unread(elapsed: float, replica: Role = Role.PRIMARY) -> WriterSample:
    """Return what is recorded of a replica that does not answer."""
    return event(WriterSample, elapsed, replica=replica, error="no connection")


def region_loss() -> list[AnyEvent]:
    """Return a drill as it should go.

    The fault comes at 20 s, the standby closes the writer at 40 s and opens it at 50 s, when DNS moves as well; the
    payer asks the standby at 80 s and is acknowledged at 80.5 s. The payment of 19 s had not reached the standby.
    """
    samples: list[AnyEvent] = []
    for second in range(0, 100, 5):
        down = 20 <= second < 90
        samples += [
            dns(second, Role.STANDBY if second >= 50 else Role.PRIMARY),
            event(AlarmSample, second, role=Role.STANDBY, firing=("primary-dead",) if second >= 60 else ()),
            event(
                BehindSample, second, replica=Role.STANDBY, payments=int(down), seconds=second - 19.0 if down else 0.0
            ),
            event(ProbeSample, second, role=Role.PRIMARY, path="/health", ok=None if down else True),
            unread(second) if down else _taken_over(second).model_copy(update={"replica": Role.PRIMARY}),
            _taken_over(second),
        ]
    payments: list[AnyEvent] = [
        *(attempt(second, f"before-{second}") for second in range(10, 20)),
        *(attempt(second, "held", status=None) for second in range(21, 80)),
        attempt(80.5, "held", role=Role.STANDBY, began=80),
        *(attempt(second, f"after-{second}", role=Role.STANDBY) for second in range(82, 98)),
        *(attempt(second + 0.5, f"i-{second}", client=IGNORANT) for second in range(10, 20)),
        *(attempt(second + 0.5, f"i-{second}", client=IGNORANT, status=None) for second in range(20, 90)),
    ]
    recorded = {Role.PRIMARY: ("before-19",), Role.STANDBY: ("held",)}  # and the rest
    others: list[AnyEvent] = [
        event(Phase, 0, name="preparation"),
        event(Phase, 9, name="steady"),
        event(Phase, 20, name="scenario"),
        event(FaultChange, 20, id="loss", says="region-down region=us-east-1", active=True),
        event(ReplicaCheck, 81, moment="takeover", replica=Role.STANDBY, payments=21, missing=("before-19",)),
        event(Phase, 89, name="rollback"),
        event(FaultChange, 90, id="loss", says="loss is healed", active=False),
        event(Phase, 98, name="checks"),
        *(event(ReplicaCheck, 99, moment="final", replica=role, payments=37, missing=()) for role in Role),
        event(LogCheck, 99, payments=37, unlogged=(), repeated={}, contradicting=(), recorded=recorded),
        event(Phase, 100, name="ended"),
    ]
    return [began(), *sorted((*samples, *payments, *others), key=lambda each: each.elapsed)]


def _taken_over(second: float) -> WriterSample:
    if second < 40:
        return writer(second, 5)
    if second < 50:
        return writer(second, 6, Role.STANDBY, ClosingKind.TAKEOVER)
    return writer(second, 7, Role.STANDBY)
