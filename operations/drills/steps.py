"""Carries out a scenario's steps, one by one, and records each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from contract.deadlines import SETTLE_SECONDS
from contract.environment import Function
from contract.roles import Role
from handlers.runtime import timestamp
from handlers.writer.changes import Author, ForbiddenChangeError, StaleEpochError, change_writer, take_over
from handlers.writer.item import MalformedWriterError, read_writer
from operations.aws import Aws
from operations.clock import OperationsClock, at_least
from operations.drills.conditions import LatestObservations
from operations.drills.damage import DrillDamage
from operations.drills.events import FaultChange, ReplicaCheck, StepChange
from operations.drills.faults import FaultInjection
from operations.drills.ledger import Ledger
from operations.drills.log import EventLog
from operations.drills.operators import CommandError, Operators
from operations.drills.releases import DrillReleases
from operations.drills.replicas import Replicas
from operations.drills.scenario_steps import (
    AtOnce,
    Check,
    Command,
    DamageData,
    DrillSettle,
    DrillTakeOver,
    Heal,
    Inject,
    Publish,
    ReleaseVersion,
    RestoreData,
    Step,
    StorePast,
    Until,
    Wait,
)
from operations.errors import OperationError, one_line
from operations.site import Site
from operations.topology.asking import reason

_POLL_SECONDS = 0.05
_LEAST_PATIENCE = 60.0
"""In real seconds, before what is waited for counts as missing: work takes real time on any clock."""
_TAKEN = "taken-over"
"""The id under which a change of the writer by the drill itself counts as a fault."""

_FAILURES = (
    OperationError,
    BotoCoreError,
    ClientError,
    OSError,
    ForbiddenChangeError,
    MalformedWriterError,
    StaleEpochError,
)


class DrillStepError(OperationError):
    """A step did not come to its end."""


class DrillPerformer:
    """What steps act on."""

    def __init__(
        self,
        *,
        site: Site,
        aws: Aws,
        clock: OperationsClock,
        log: EventLog,
        watch: LatestObservations,
        ledger: Ledger,
        faults: FaultInjection,
        operators: Operators,
        releases: DrillReleases,
        damage: DrillDamage,
    ) -> None:
        self._site, self._aws, self._clock, self._log = site, aws, clock, log
        self._watch, self._ledger, self._faults, self._operators = watch, ledger, faults, operators
        self._releases, self._damage = releases, damage
        self._damaged = ""
        """The id under which damaged payments count as a fault."""
        self._apart: set[str] = {_TAKEN}
        """What is no injected fault, and has a way back of its own."""
        self._replicas = Replicas(site, aws)
        self._active: list[str] = []
        self._names: Mapping[str, str] = {
            **{role.value: region.name for role, region in site.regions.items()},
            "witness": site.witness_region,
            "payment_function": site.primary.function_names[Function.PAYMENT_API],
        }

    def perform(self, step: Step) -> None:
        """Carry out one step and record it.

        Raises:
            DrillStepError: It did not come to its end.
        """
        with self.recorded(step.says(self._names)):
            match step:
                case Inject() | Heal():
                    self._change_fault(step)
                case DrillTakeOver():
                    self._take_over(step.region)
                case Wait():
                    self._clock.sleep(step.seconds)
                case DrillSettle():
                    self._clock.sleep(SETTLE_SECONDS * self._clock.scale)  # real seconds on any clock
                case Until():
                    self.wait_until(step.condition, step.within)
                case Command():
                    self.command(step)
                case AtOnce():
                    self._operators.compete(step.filled(self._names))
                case Publish() | ReleaseVersion() | StorePast() | DamageData() | RestoreData():
                    self._do_harm(step)
                case Check():
                    self._check_takeover(step.replica)

    @contextmanager
    def recorded(self, says: str) -> Iterator[None]:
        """Record that a step begins and how it ends.

        Raises:
            DrillStepError: It did not come to its end.
        """
        self._log.record(StepChange, says=says, state="begun")
        try:
            yield
        except _FAILURES as error:
            self._log.record(StepChange, says=says, state="failed", detail=one_line(error))
            raise DrillStepError(f"{says}: {error}") from error
        except BaseException as error:
            self._log.record(StepChange, says=says, state="failed", detail=f"interrupted by {type(error).__name__}")
            raise
        self._log.record(StepChange, says=says, state="done")

    def wait_until(self, condition: str, within: float) -> None:
        """Wait for a condition, for so many emulated seconds.

        Raises:
            DrillStepError: It did not come true.
        """
        since = self._log.elapsed()
        limit = since + at_least(within, real=_LEAST_PATIENCE, scale=self._clock.scale)
        while not self._watch.is_true(condition, since):
            if self._log.elapsed() > limit:
                raise DrillStepError(f"{condition} was not seen within {limit - since:.0f} s")
            with self._watch.changed:
                self._watch.changed.wait(_POLL_SECONDS)

    def command(self, step: Command) -> None:
        """Run a command of `dr` to its end, again and again while it refuses.

        Raises:
            DrillStepError: It failed, or refused for too long.
        """
        try:
            self._operators.command(step.filled(self._names), within=step.within, kill_when=step.kill_when)
        except CommandError as error:
            raise DrillStepError(str(error)) from error

    def missing(self, replica: Role) -> tuple[str, ...]:
        """Return the acknowledged payments that a replica lacks; raises what boto3 does."""
        return self._replicas.missing(replica, self._ledger.payments)

    def check(self, replica: Role, moment: Literal["takeover", "final"]) -> tuple[str, ...] | None:
        """Look for every acknowledged payment in a replica and record what is missing."""
        payments = self._ledger.payments
        try:
            missing = self._replicas.missing(replica, payments)
        except (BotoCoreError, ClientError) as error:
            self._log.record(ReplicaCheck, moment=moment, replica=replica, payments=len(payments), error=reason(error))
            return None
        self._log.record(ReplicaCheck, moment=moment, replica=replica, payments=len(payments), missing=missing)
        return missing

    def heal_all(self) -> None:
        """Heal every fault.

        Raises:
            FaultError: One could not be healed.
        """
        self._faults.heal_all()
        for id_ in self._injected:
            self._healed(id_)

    def require_faults(self) -> None:
        """See that every fault lasted: what is measured without it says nothing about it.

        Raises:
            DrillStepError: One has ended by itself.
        """
        if self._injected:
            with self.recorded("see that the fault lasted"):
                self._faults.require_lasting()

    def take_versions_away(self) -> None:
        """Take away what was published, if anything was.

        Raises:
            DrillStepError: Something is left.
        """
        if not self._releases.has_published:
            return
        with self.recorded("take the published version away, whatever releases it"):
            self._releases.take_away()
            for id_ in [each for each in self._active if each in self._apart and each != _TAKEN]:
                self._healed(id_)

    def put_data_back(self) -> None:
        """Put back what is still damaged, if anything was damaged.

        Raises:
            DrillStepError: Something is left.
        """
        if not self._damage.has_damaged:
            return
        with self.recorded("put back what is still damaged"):
            self._damage.put_back()
            if self._damaged in self._active:
                self._healed(self._damaged)

    def writer_is_back(self) -> None:
        """Note that the primary owns the writer again."""
        if _TAKEN in self._active:
            self._healed(_TAKEN)

    @property
    def _injected(self) -> list[str]:
        return [each for each in self._active if each not in self._apart]

    def _change_fault(self, step: Inject | Heal) -> None:
        if isinstance(step, Inject):
            self._faults.inject(step.id, step.fault, step.filled(self._names))
            self._struck(step.id, step.filled_text(self._names))
        else:
            self._faults.heal(step.id)
            self._healed(step.id)

    def _do_harm(self, step: Publish | ReleaseVersion | StorePast | DamageData | RestoreData) -> None:
        """Release what is bad or damage payments, and what leads to and follows that."""
        if isinstance(step, Publish | ReleaseVersion):
            self._release(step)
        else:
            self._restore(step)

    def _release(self, step: Publish | ReleaseVersion) -> None:
        if isinstance(step, ReleaseVersion):
            self._releases.release(step)
            return
        self._releases.publish(step)
        self._apart.add(step.id)
        self._struck(step.id, step.faulty)

    def _restore(self, step: StorePast | DamageData | RestoreData) -> None:
        match step:
            case StorePast():
                self._damage.store(step)
            case RestoreData():
                self._damage.restore(step)
                self._healed(self._damaged)
            case DamageData():
                self._apart.add(step.id)
                self._damaged = step.id
                self._struck(step.id, "a script damages payments")
                self._damage.damage(step)

    def _check_takeover(self, replica: Role) -> None:
        if self.check(replica, "takeover") is None:
            raise DrillStepError(f"{self._site.regions[replica].name}'s replica could not be read")

    def _take_over(self, role: Role) -> None:
        name = self._site.regions[role].name
        client = self._aws.client("dynamodb", name)
        author = Author(by="dr drill", reason="drill", at=timestamp(self._clock.time()))
        before = read_writer(client, self._site.control_table_name)
        if before is None:
            raise DrillStepError("there is no writer item")
        change_writer(client, self._site.control_table_name, before, take_over(before, name, author))
        self._struck(_TAKEN, f"{name} is made the owner of the writer")

    def _struck(self, id_: str, says: str) -> None:
        self._active.append(id_)
        self._log.record(FaultChange, id=id_, says=says, active=True)

    def _healed(self, id_: str) -> None:
        self._active.remove(id_)
        self._log.record(FaultChange, id=id_, says=f"{id_} is healed", active=False)
