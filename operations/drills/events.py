"""What a drill records: one line of JSON an event, from which alone everything else is computed.

`at` is the real time in seconds since the epoch; `elapsed` and every duration are emulated seconds (on AWS, the same).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, TypeAdapter

from contract.roles import Role
from handlers.writer.item import ClosingKind, WriterState
from operations.drills.bad_data import DamageKind


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: float
    elapsed: float
    """Since the drill began."""


class Began(_Event):
    """The drill, with what its log must be read by."""

    kind: Literal["began"] = "began"
    drill: str
    scenario: str
    environment: str
    regions: Mapping[Role, str]
    emulator: bool
    time_scale: float
    payers: tuple[str, ...]
    """Clients that retry under the same id and ask DNS again once its answer has expired."""
    ignorant: tuple[str, ...]
    """Clients that do neither."""


class Phase(_Event):
    """A part of the drill begins."""

    kind: Literal["phase"] = "phase"
    name: Literal["preparation", "steady", "scenario", "rollback", "checks", "ended"]


class StepChange(_Event):
    """A step of the scenario or of the roll back begins or ends."""

    kind: Literal["step"] = "step"
    says: str
    state: Literal["begun", "done", "failed"]
    detail: str = ""


class FaultChange(_Event):
    """Something goes wrong on purpose, or is healed."""

    kind: Literal["fault"] = "fault"
    id: str
    says: str
    active: bool


class PaymentAttempt(_Event):
    """One attempt to pay has ended."""

    kind: Literal["attempt"] = "attempt"
    client: str
    payment: str
    began: float
    address: str | None
    role: Role | None
    """The region that was asked; None if the address tells nothing."""
    status: int | None
    """None if nothing was answered."""
    error: str = ""
    doubtful: bool | None = None
    """Whether the payment may be stored all the same, as `client.attempt_results` has it; None in logs from before."""
    planted: str = ""
    """The name of the planted fault of the version that answered; empty for every other version."""

    @property
    def acknowledged(self) -> bool:
        """Return whether the payment is promised to be durable."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 — HTTP's successes

    @property
    def ambiguous(self) -> bool:
        """Return whether the payment may have been stored without the client knowing."""
        if self.doubtful is not None:
            return self.doubtful
        return self.status is None or self.status >= 500  # noqa: PLR2004 — HTTP's server errors

    @property
    def refused(self) -> bool:
        """Return whether a region said for certain that it neither stored nor queued the payment."""
        return self.status == 503 and not self.ambiguous  # noqa: PLR2004 — service unavailable


class DnsSample(_Event):
    """What DNS answers for the failover name, asked anew."""

    kind: Literal["dns"] = "dns"
    addresses: tuple[str, ...] = ()
    role: Role | None = None
    error: str = ""


class ProbeSample(_Event):
    """What a region's own endpoint answers."""

    kind: Literal["probe"] = "probe"
    role: Role
    path: Literal["/health", "/writer"]
    ok: bool | None = None
    """Whether it answered 200: the region is healthy, or it owns the writer; None if it did not answer as it should."""
    error: str = ""


class WriterSample(_Event):
    """The writer item, as one region's replica of the control table answers a strongly consistent read."""

    kind: Literal["writer"] = "writer"
    replica: Role
    owner: Role | None = None
    """None if it could not be read, or if there is no such item."""
    epoch: int | None = None
    state: WriterState | None = None
    closing: ClosingKind | None = None
    """The kind of closing; None while open."""
    automatic: bool | None = None
    by: str = ""
    error: str = ""

    def allows(self, role: Role) -> bool:
        """Return whether the region may store payments."""
        return self.state is WriterState.OPEN and self.owner is role


class BehindSample(_Event):
    """How many payments that the peer acknowledged a replica does not hold yet: what would be lost with the peer."""

    kind: Literal["behind"] = "behind"
    replica: Role
    payments: int | None = None
    seconds: float | None = None
    """The age of the oldest of them; 0 without any."""
    error: str = ""


class AlarmSample(_Event):
    """Which alarms of a region are in the state ALARM."""

    kind: Literal["alarms"] = "alarms"
    role: Role
    firing: tuple[str, ...] | None = None
    error: str = ""


class VersionPublished(_Event):
    """A bad version of the payment function was published in a region; nobody meets it yet."""

    kind: Literal["version-published"] = "version-published"
    role: Role
    fault: str
    before: str
    """The version that the alias points at."""
    version: str
    """The bad one."""


class AliasSample(_Event):
    """What the alias of the payment function points at in a region."""

    kind: Literal["alias"] = "alias"
    role: Role
    version: str | None = None
    """None if it could not be read."""
    weights: Mapping[str, float] = {}
    """The shares of other versions."""
    error: str = ""


class ReleaseEnded(_Event):
    """A command that released has ended, and said how."""

    kind: Literal["release-ended"] = "release-ended"
    outcome: str
    reason: str
    judged: bool
    """Whether the last look at the figures said that the version must be put back."""
    listed: tuple[str, ...] | None = None
    """The payments that it names as stored by the new versions, or as possibly stored; None if it does not list any."""
    unknown: tuple[str, ...] = ()
    """Why there may be more."""


class PastPaymentsStored(_Event):
    """Payments were stored past the API, logged and replicated."""

    kind: Literal["past-payments-stored"] = "past-payments-stored"
    payments: int


class DataDamaged(_Event):
    """A script has damaged payments."""

    kind: Literal["data-damaged"] = "data-damaged"
    moment: float
    """The last moment at which they were right, in seconds since the epoch."""
    seed: int
    """What decided which and how."""
    damaged: Mapping[DamageKind, tuple[str, ...]]
    """Ids by the kind of damage."""


class DamageFound(_Event):
    """`dr restore plan` has made its proposal, which was compared with the damage."""

    kind: Literal["damage-found"] = "damage-found"
    repairs: int
    added: int
    """Payments that it calls in order although they came after the moment."""
    missed: tuple[str, ...]
    """Damaged payments that it does not repair as it must."""
    unexpected: tuple[str, ...]
    """What it names besides, with the action."""
    unknown: tuple[str, ...]
    """What it could not read."""


class DataRepaired(_Event):
    """`dr restore repair` has come to its end."""

    kind: Literal["data-repaired"] = "data-repaired"
    repairs: int
    others: tuple[str, ...]
    """Payments that were something else by then."""


class RestoreChecked(_Event):
    """`dr restore finish` has compared again, and the drill has compared both replicas with what they held before."""

    kind: Literal["restore-checked"] = "restore-checked"
    left: int
    """Repairs that the second comparison would make."""
    kept: int
    """Payments that it leaves to people."""
    wrong: tuple[str, ...]
    """Damaged payments that are not what they were, in either replica."""
    changed: tuple[str, ...]
    """Other payments that are not byte for byte what they were before the repair."""
    untouched: int
    """How many other payments there are."""
    later: int
    """How many of these came after the moment."""


class ReplicaCheck(_Event):
    """Every acknowledged payment was looked for in a replica."""

    kind: Literal["replica-check"] = "replica-check"
    moment: Literal["takeover", "final"]
    replica: Role
    payments: int
    missing: tuple[str, ...] | None = None
    """Ids; None when the replica could not be read."""
    error: str = ""


class LogCheck(_Event):
    """Every acknowledged payment was looked for in both regions' transaction logs."""

    kind: Literal["log-check"] = "log-check"
    payments: int
    unlogged: tuple[str, ...] | None = None
    repeated: Mapping[str, tuple[Role, ...]] | None = None
    """Payments with more than one record, with the regions that wrote them."""
    contradicting: tuple[str, ...] | None = None
    """Of these, the ones whose records differ in amount or currency."""
    recorded: Mapping[Role, tuple[str, ...]] | None = None
    """All payments that a region has recorded, acknowledged or not; None in logs from before."""
    error: str = ""


AnyEvent = (
    Began
    | Phase
    | StepChange
    | FaultChange
    | PaymentAttempt
    | DnsSample
    | ProbeSample
    | WriterSample
    | BehindSample
    | AlarmSample
    | VersionPublished
    | AliasSample
    | ReleaseEnded
    | PastPaymentsStored
    | DataDamaged
    | DamageFound
    | DataRepaired
    | RestoreChecked
    | ReplicaCheck
    | LogCheck
)
Event = Annotated[AnyEvent, Discriminator("kind")]

_READER: TypeAdapter[AnyEvent] = TypeAdapter(Event)


def read_event(line: str | bytes | Mapping[str, Any]) -> AnyEvent:
    """Read one line of an event log.

    Raises:
        ValueError: It is no event.
    """
    return _READER.validate_json(line) if isinstance(line, str | bytes) else _READER.validate_python(line)
