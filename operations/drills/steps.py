"""Carries out a scenario's steps, one by one, and records each."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from handlers.deadlines import FENCE_SETTLE_SECONDS
from handlers.environment import Function
from handlers.payments.fence import MalformedFenceError, set_fence
from handlers.runtime import timestamp
from operations.aws import Aws
from operations.cli.exit_status import DONE, REFUSED
from operations.clock import Clock, at_least
from operations.drills.commands import Commands, kill, said_last
from operations.drills.conditions import Watch
from operations.drills.events import FaultChange, ReplicaCheck, StepChange
from operations.drills.faults import Faults
from operations.drills.judging import Judge
from operations.drills.ledger import Ledger
from operations.drills.log import EventLog
from operations.drills.replicas import Replicas
from operations.drills.scenario import Check, Command, Fence, Heal, Inject, Settle, Step, Until, Wait
from operations.errors import OperationError, one_line
from operations.site import Role, Site
from operations.topology.asking import reason

_POLL_SECONDS = 0.05
_LEAST_PATIENCE = 60.0
"""In real seconds, before what is waited for counts as missing: work takes real time on any clock."""
_REFUSED_PAUSE = 5.0
_REAL_PAUSE = 4.0
"""Between two attempts of a command that refuses: each reads everything there is."""
_FENCE = "fence-"


class DrillStepError(OperationError):
    """A step did not come to its end."""


class Performer:
    """What steps act on."""

    def __init__(
        self,
        *,
        site: Site,
        aws: Aws,
        clock: Clock,
        log: EventLog,
        watch: Watch,
        ledger: Ledger,
        faults: Faults,
        commands: Commands,
        judge: Judge,
    ) -> None:
        self._site, self._aws, self._clock, self._log = site, aws, clock, log
        self._watch, self._ledger, self._faults, self._commands = watch, ledger, faults, commands
        self._judge = judge
        self._replicas = Replicas(site, aws)
        self._active: list[str] = []
        self.unfinished: str | None = None
        """The command that was killed or failed, and has not come to its end since."""
        self._names: Mapping[str, str] = {
            **{role.value: region.name for role, region in site.regions.items()},
            "payment_function": site.primary.function_names[Function.PAYMENT_API],
        }

    def perform(self, step: Step) -> None:
        """Carry out one step and record it.

        Raises:
            DrillStepError: It did not come to its end.
        """
        with self.recorded(step.says(self._names)):
            match step:
                case Inject():
                    self._faults.inject(step.id, step.fault, step.filled(self._names))
                    self._struck(step.id, step.filled_text(self._names))
                case Heal():
                    self._faults.heal(step.id)
                    self._mended(step.id)
                case Fence():
                    self._fence(step.of)
                case Wait():
                    self._clock.sleep(step.seconds)
                case Settle():
                    self._clock.sleep(FENCE_SETTLE_SECONDS * self._clock.scale)  # real seconds on any clock
                case Until():
                    self.wait_until(step.condition, step.within)
                case Command():
                    self.command(step)
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
        except (OperationError, BotoCoreError, ClientError, OSError, MalformedFenceError) as error:
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

    def _check_takeover(self, replica: Role) -> None:
        if self.check(replica, "takeover") is None:
            raise DrillStepError(f"{self._site.regions[replica].name}'s replica could not be read")

    def _fence(self, of: Role) -> None:
        name = self._site.regions[of].name
        client = self._aws.client("dynamodb", self._site.standby.name)
        at = timestamp(self._clock.time())
        set_fence(client, self._site.table_name, name, reason="drill", by="dr drill", at=at)
        self._struck(f"{_FENCE}{of}", f"{name} is fenced")

    def heal_all(self) -> None:
        """Mend every fault.

        Raises:
            FaultError: One could not be mended.
        """
        self._faults.heal_all()
        for id_ in [each for each in self._active if not each.startswith(_FENCE)]:
            self._mended(id_)

    def require_faults(self) -> None:
        """See that every fault lasted: what is measured without it says nothing about it.

        Raises:
            DrillStepError: One has ended by itself.
        """
        if any(not each.startswith(_FENCE) for each in self._active):
            with self.recorded("see that the fault lasted"):
                self._faults.require_lasting()

    def fences_are_open(self) -> None:
        """Note that no region is fenced any more."""
        for id_ in [each for each in self._active if each.startswith(_FENCE)]:
            self._mended(id_)

    def _struck(self, id_: str, says: str) -> None:
        self._active.append(id_)
        self._log.record(FaultChange, id=id_, says=says, active=True)

    def _mended(self, id_: str) -> None:
        self._active.remove(id_)
        self._log.record(FaultChange, id=id_, says=f"{id_} is mended", active=False)

    def command(self, step: Command) -> None:
        """Run a command of `dr` to its end, again and again while it refuses.

        Raises:
            DrillStepError: It failed, or refused for too long.
        """
        limit = self._log.elapsed() + step.within
        while True:
            process, messages = self._commands.start((*step.arguments, *self._comparing(step)))
            self.unfinished = step.arguments[0]
            try:
                killed = self._attend(process, step.kill_when)
            except BaseException:
                kill(process)
                raise
            if killed:
                return
            if step.kill_when:
                raise DrillStepError(
                    f"it ended with {process.returncode} before {step.kill_when}: {said_last(messages)}"
                )
            if process.returncode in (DONE, REFUSED):
                self.unfinished = None
            if process.returncode == DONE:
                return
            if process.returncode != REFUSED or self._log.elapsed() > limit:
                raise DrillStepError(f"exit status {process.returncode}: {said_last(messages)}")
            if judged := self._judge.judge():
                with self.recorded(f"judge as paid once: {', '.join(judged)}"):
                    continue
            self._clock.sleep(at_least(_REFUSED_PAUSE, real=_REAL_PAUSE, scale=self._clock.scale))

    def _comparing(self, step: Command) -> tuple[str, ...]:
        """Let a failback compare what the drill may have brought apart, but for what has been judged."""
        if step.arguments[0] != "failback" or "--resume" in step.arguments:
            return ()
        return ("--since", timestamp(self._log.started_at), *self._judge.options)

    def _attend(self, process: subprocess.Popen[bytes], kill_when: str | None) -> bool:
        """Wait for a command's end; return whether it was killed before."""
        since = self._log.elapsed()
        while process.poll() is None:
            if kill_when and self._watch.is_true(kill_when, since):
                kill(process)
                return True
            with self._watch.changed:
                self._watch.changed.wait(_POLL_SECONDS)
        return False
