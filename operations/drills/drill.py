"""A drill from beginning to end: steady state, scenario, roll back whatever happens, checks."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

from botocore.credentials import Credentials

from client.payments import Resolves
from operations import signals
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.drills.checks import final_checks
from operations.drills.commands import Commands
from operations.drills.conditions import LatestObservations
from operations.drills.damage import DrillDamage
from operations.drills.duplicate_acceptance import Judge
from operations.drills.events import Began, Phase, StepChange
from operations.drills.faults import FaultInjection
from operations.drills.ledger import Ledger
from operations.drills.log import EventLog, Listener
from operations.drills.measurements import failed
from operations.drills.observers import Observers
from operations.drills.operators import Operators
from operations.drills.past_payments import PastPayments
from operations.drills.payers import Once, Payer
from operations.drills.publishing import VersionPublisher
from operations.drills.releases import DrillReleases
from operations.drills.roll_back import roll_back
from operations.drills.scenario import Scenario
from operations.drills.selecting import split
from operations.drills.steps import DrillPerformer, DrillStepError
from operations.endpoints import EndpointSettings
from operations.reconcile.audit import TRAILS
from operations.site import Site

JOURNALS = "journals"
"""Where, below a drill's directory, the commands that it starts keep theirs."""

IGNORANT = "ignorant"

ENDED_EARLY = "scenario"
"""The step that an interruption, or a mistake in the drill itself, leaves failed."""

_READY_SECONDS = 300
_PAYING_SECONDS = 120
_JOIN_SECONDS = 60


class Drill:
    """One drill on one site; `run` is called once."""

    def __init__(
        self,
        *,
        id_: str,
        scenario: Scenario,
        site: Site,
        aws: Aws,
        clock: OperationsClock,
        surroundings: EndpointSettings,
        faults: FaultInjection,
        credentials: Credentials | None,
        directory: Path,
        command_options: tuple[str, ...],
        publisher: VersionPublisher | None = None,
        administrator: Aws | None = None,
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        self._id, self._scenario, self._site, self._clock = id_, scenario, site, clock
        self._surroundings, self._credentials = surroundings, credentials
        self._aws = aws
        self._log = EventLog(directory / "events.jsonl", clock)
        self._payers = tuple(f"payer-{number}" for number in range(1, scenario.payers + 1))
        self._watch, self._ledger = LatestObservations(self._payers), Ledger()
        for listener in (self._watch.note, self._ledger.note, *listeners):
            self._log.listen(listener)
        operators = Operators(
            commands=Commands(directory / "commands", command_options, directory / JOURNALS),
            clock=clock,
            log=self._log,
            watch=self._watch,
            judge=Judge(
                site, self._log, trails=directory / JOURNALS / site.suffix / TRAILS, accepted=directory / "accepted"
            ),
        )
        self._performer = DrillPerformer(
            site=site,
            aws=aws,
            clock=clock,
            log=self._log,
            watch=self._watch,
            ledger=self._ledger,
            faults=faults,
            operators=operators,
            releases=DrillReleases(publisher, operators, self._log),
            damage=DrillDamage(
                PastPayments(site, administrator, clock, id_) if administrator else None,
                site=site,
                aws=administrator or aws,
                operators=operators,
                clock=clock,
                log=self._log,
            ),
        )
        self._observers = Observers(
            site=site,
            aws=aws,
            surroundings=surroundings,
            clock=clock,
            log=self._log,
            ledger=self._ledger,
            publisher=publisher,
        )
        self._no_more_payments, self._no_more_samples = threading.Event(), threading.Event()
        self.interrupted = False
        """Whether somebody broke it off."""

    def run(self) -> None:
        """Run the drill; what went wrong is in the log. Interrupted, it still rolls back."""
        clients = [self._payer(name, self._surroundings.resolver()) for name in self._payers]
        unaware = self._payer(IGNORANT, Once(self._surroundings.resolver()))
        self._begin()
        threads: list[threading.Thread] = []
        try:
            self._prepare(threads)
            self._reach_steady_state(clients, unaware, threads)
            self._log.record(Phase, name="scenario")
            for step in self._scenario.steps:
                self._performer.perform(step)
            self._performer.require_faults()
        except DrillStepError:
            pass  # it is in the log; what matters now is the way back
        except BaseException as error:
            self._log.record(StepChange, says=ENDED_EARLY, state="failed", detail=f"ended by {type(error).__name__}")
            self.interrupted = isinstance(error, KeyboardInterrupt)
            if not self.interrupted:
                raise
        finally:
            with signals.ignored():
                self._end(threads)

    @property
    def not_put_back(self) -> tuple[str, ...]:
        """What the roll back could not do, whether or not it could be written down."""
        return failed(split(self._log.events, "rollback")[1])

    def _begin(self) -> None:
        self._log.record(
            Began,
            drill=self._id,
            scenario=self._scenario.name,
            environment=self._site.suffix,
            regions={role: region.name for role, region in self._site.regions.items()},
            emulator=self._surroundings.is_emulator,
            time_scale=self._clock.scale,
            payers=self._payers,
            ignorant=(IGNORANT,),
        )

    def _prepare(self, threads: list[threading.Thread]) -> None:
        self._log.record(Phase, name="preparation")
        threads += [_started(each.run, self._no_more_samples, self._clock) for each in self._observers.all()]
        with self._performer.recorded("wait until the primary serves"):
            for condition in ("open=primary", "dns=primary", "healthy=primary", "healthy=standby"):
                self._performer.wait_until(condition, _READY_SECONDS)
        for alarm in self._scenario.expect.alarms:  # an alarm already in ALARM cannot be observed to fire
            with self._performer.recorded(f"wait until {alarm} is quiet"):
                self._performer.wait_until(f"quiet={alarm}", _READY_SECONDS)

    def _reach_steady_state(self, payers: list[Payer], unaware: Payer, threads: list[threading.Thread]) -> None:
        """Start the clients, spread over the time, so that the answers that they keep expire at different moments."""
        self._log.record(Phase, name="steady")
        with self._performer.recorded("steady state"):
            for payer in (unaware, *payers):
                threads.append(_started(payer.run, self._no_more_payments))
                self._clock.sleep(self._scenario.steady_seconds / (1 + len(payers)))
            self._performer.wait_until("paying=primary", _PAYING_SECONDS)

    def _end(self, threads: list[threading.Thread]) -> None:
        """Roll back, stop, check."""
        try:
            self._log.record(Phase, name="rollback")
            roll_back(self._performer, self._site, self._aws, self._clock)
            self._log.record(Phase, name="checks")
        finally:  # a mistake in the way back pays no more, either
            self._no_more_payments.set()
            self._no_more_samples.set()
        for thread in threads:
            thread.join(_JOIN_SECONDS)
        final_checks(
            self._performer,
            site=self._site,
            aws=self._aws,
            clock=self._clock,
            log=self._log,
            ledger=self._ledger,
            drill=self._id,
        )
        self._log.record(Phase, name="ended")
        self._log.close()

    def _payer(self, name: str, resolver: Resolves) -> Payer:
        url = str(self._site.failover_endpoint_url)
        return Payer(
            name=name,
            drill=self._id,
            retries=name in self._payers,
            resolver=resolver,
            connect=lambda resolves: self._surroundings.client(url, credentials=self._credentials, resolver=resolves),
            whose=self._observers.whose,
            site=self._site,
            log=self._log,
            clock=self._clock,
            clients=len(self._payers) + 1,
            unusual=self._scenario.unusual,
        )


P = ParamSpec("P")


def _started(run: Callable[P, None], *values: P.args, **more: P.kwargs) -> threading.Thread:
    thread = threading.Thread(target=run, args=values, kwargs=more, daemon=True)
    thread.start()
    return thread
