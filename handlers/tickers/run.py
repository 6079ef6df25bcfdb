"""One run of a ticker: what it does in a tick. Whatever fails is logged, and tried again in the next second."""

from dataclasses import replace
from functools import partial

from contract.deadlines import HEALTH_SECONDS, HEARTBEAT_SECONDS, KNOWLEDGE_VALID_SECONDS, TICK_SECONDS
from contract.environment import Metric
from handlers.runtime import Moment
from handlers.tickers.acting import is_own_takeover, is_own_undoing, successor
from handlers.tickers.attempts import TickerAttempt
from handlers.tickers.claim import RunClaim
from handlers.tickers.decision import TickerAction, TickerDecision, TickerObservation, decide
from handlers.tickers.dependencies import TickerParts
from handlers.tickers.gauges import GAUGES_SECONDS, TickerGauges
from handlers.tickers.heartbeat import Heartbeat, put_heartbeat, read_heartbeat
from handlers.tickers.memory import SupersededRunError, TickerMemory, write_memory
from handlers.tickers.probe import HealthAnswer
from handlers.tickers.releases import TickerReleaseWatch
from handlers.tickers.seeing import judged, saw_health, saw_proofs, saw_release, saw_writer
from handlers.writer.changes import StaleEpochError, change_writer
from handlers.writer.glass import Glass, clear_glass, read_glass
from handlers.writer.history import RecordedEpoch, record_epoch
from handlers.writer.item import Writer, read_writer
from handlers.writer.proofs import raise_proof, read_proof

CONFLICT_PAUSE_SECONDS = 0.05


class TickerRun:
    """One run of a version; it decides about the writer once it has claimed its region, until a newer run does."""

    def __init__(self, parts: TickerParts, run: str, version: str) -> None:
        self._parts = parts
        self._run = run
        self._place = parts.place
        self._events = parts.events
        self._clock = parts.clock
        self._attempting = partial(TickerAttempt, parts.telemetry)
        self._claim = RunClaim(parts.client, parts.control_table, self._place.region, run, version)
        self._claimed = False
        self._memory = TickerMemory(run=run, version=version)
        self._advanced = self._clock.now()
        self._writer: Writer | None = None
        self._glass: Glass | None = None
        self._glass_is_due = True
        self._heartbeat: Heartbeat | None = None
        self._health_asked: float | None = None
        self._heartbeat_put: float | None = None
        self._published: float | None = None
        self._withheld = False
        self._decision = ""
        self._releases = TickerReleaseWatch(parts.releases, self._place.region, parts.clock, parts.telemetry)

    def tick(self) -> bool:
        """Make one tick; return whether the run goes on."""
        try:
            is_needed = self._claimed or self._try_to_claim()
        except SupersededRunError:
            return False
        if is_needed:
            self._work()
        return True

    def _try_to_claim(self) -> bool:
        """Return whether there is something to do: the region is claimed, or its control table does not answer."""
        claimed = None
        with self._attempting("claiming the region") as attempt:
            claimed = self._claim.attempt()
        if claimed is not None:
            self._claimed, self._memory, self._advanced = True, claimed, self._clock.now()
            self._glass_is_due = True
        return self._claimed or attempt.failed

    def _work(self) -> None:
        self._advance()
        with self._attempting("reading the parameters"):
            self._parts.configuration.refresh()
        if self._is_due(self._health_asked, HEALTH_SECONDS):
            self._ask_health()
        began, looking = self._clock.now(), None
        if self._claimed:
            with self._attempting("reading the control table") as looking:
                self._look()
        if looking is None or looking.failed:
            self._writer, self._glass_is_due = None, True
            self._read_glass()
        else:
            self._decide(began)
            self._record()
        if self._is_due(self._heartbeat_put, HEARTBEAT_SECONDS):
            self._beat()
        self._publish()
        if self._claimed:
            self._remember()
        # Last, since it takes long where a region is out of reach: whoever watches over this run has seen it live.
        if self._claimed and looking is not None and not looking.failed and self._releases.is_due():
            self._look_after_release()
        if self._events.is_due:
            with self._attempting("publishing events"):
                self._events.publish()

    def _ask_health(self) -> None:
        self._health_asked = self._clock.monotonic()
        answer, endpoint = HealthAnswer.BAD, self._parts.configuration.endpoint
        if endpoint is not None:
            with self._attempting("asking the own health"):
                answer = self._parts.probe(endpoint)
        self._memory = saw_health(self._memory, answer)
        if self._memory.fit:
            with self._attempting("raising the proof of fitness"):
                raise_proof(self._parts.client, self._parts.control_table, self._place.region)
        with self._attempting("reading the peer's heartbeat"):
            self._heartbeat = read_heartbeat(self._parts.client, self._parts.payments_table, self._place.peer)

    def _look(self) -> None:
        """Read the control table; what was seen counts from after the reads."""
        client, table = self._parts.client, self._parts.control_table
        writer = read_writer(client, table)
        own, peer = read_proof(client, table, self._place.region), read_proof(client, table, self._place.peer)
        self._saw(writer)
        self._memory = judged(saw_proofs(self._memory, own=own, peer=peer, lag=self._heartbeat_age()))

    def _saw(self, writer: Writer | None) -> None:
        self._advance()
        before, self._writer = self._memory, writer
        self._memory = saw_writer(before, writer)
        if writer is not None and before.epoch != writer.epoch:
            self._announce(before, writer)

    def _advance(self) -> None:
        now = self._clock.now()
        self._memory = self._memory.advanced(self._advanced.seconds_until(now))
        self._advanced = now

    def _announce(self, before: TickerMemory, writer: Writer) -> None:
        """Log and count what was done to the writer as it is seen: the answer to the change may have been lost."""
        telemetry = self._parts.telemetry
        extra = {**writer.document(), "by": writer.by, "reason": writer.reason}
        self._events.saw(before, writer)
        if is_own_takeover(self._place, writer):
            telemetry.count(Metric.AUTOMATIC_TAKEOVER)
            telemetry.logger.critical("took the writer over", extra=extra)
        elif is_own_undoing(self._place, before.kind, writer):
            telemetry.count(Metric.CLOSING_UNDONE)
            telemetry.logger.critical("undid a planned closing", extra=extra)
        else:
            telemetry.logger.info("the writer has changed", extra=extra)

    def _decide(self, began: Moment) -> None:
        if self._glass_is_due or self._glass is not None:
            self._read_glass()
        limit = self._parts.configuration.recovery_point_seconds
        decision = decide(self._place, TickerObservation(self._writer, self._glass, limit), self._memory)
        self._withheld = self._withheld or decision.withheld
        if decision.reason != self._decision:
            self._decision = decision.reason
            self._parts.telemetry.logger.info(
                "decided", extra={"action": decision.action.value, "why": decision.reason}
            )
        # A process that stood still meanwhile acts on what was true then.
        if decision.action is not TickerAction.WAIT and began.is_within(KNOWLEDGE_VALID_SECONDS, self._clock.now()):
            with self._attempting(f"to {decision.action.value}"):
                self._act(decision)

    def _act(self, decision: TickerDecision) -> None:
        if decision.action in {TickerAction.CLEAR_GLASS, TickerAction.VOID_GLASS}:
            if self._glass is not None:
                clear_glass(self._parts.client, self._parts.payments_table, self._glass)
            self._glass = None
            if decision.action is TickerAction.VOID_GLASS:
                self._parts.telemetry.count(Metric.GLASS_BROKEN)
                self._parts.telemetry.logger.critical("broken glass is void", extra={"why": decision.reason})
            return
        at, now = self._clock.timestamp(), self._clock.wall()
        after = successor(self._place, decision, self._writer, now=now, at=at)
        try:
            change_writer(self._parts.client, self._parts.control_table, self._writer, after, pause=self._pause)
        except StaleEpochError as error:
            self._parts.telemetry.warn("somebody else changed the writer", error)
            self._saw(error.now)
        else:
            self._saw(after)

    def _look_after_release(self) -> None:
        with self._attempting("reading the release") as reading:
            release = self._releases.look()
            self._advance()
            self._memory = saw_release(self._memory, release)
        if not reading.failed:
            with self._attempting("undoing the release"):
                self._releases.act(self._memory, self._writer)
            if self._releases.put_back:
                self._memory = replace(self._memory, put_back=self._releases.put_back)

    def _read_glass(self) -> None:
        with self._attempting("reading the glass"):
            self._glass = read_glass(self._parts.client, self._parts.payments_table, self._place.region)
            self._glass_is_due = False

    def _beat(self) -> None:
        self._glass_is_due = True
        with self._attempting("writing the heartbeat"):
            release, region, now = self._parts.release, self._place.region, self._clock.wall()
            put_heartbeat(self._parts.client, self._parts.payments_table, region, release=release, now=now)
            self._heartbeat_put = self._clock.monotonic()

    def _record(self) -> None:
        """Write down each epoch for people; what fails is written in another tick."""
        writer = self._writer
        if writer is None or self._memory.recorded_epoch == writer.epoch:
            return
        with self._attempting("recording the epoch"):
            record = RecordedEpoch(writer, self._place.region, self._clock.timestamp())
            record_epoch(self._parts.client, self._parts.control_table, record)
            self._memory = replace(self._memory, recorded_epoch=writer.epoch)

    def _publish(self) -> None:
        """Publish in a run's first tick and again and again: alarms take metrics that are missing for a dead ticker."""
        if not self._is_due(self._published, GAUGES_SECONDS):
            return
        self._published = self._clock.monotonic()
        TickerGauges(
            memory=self._memory,
            region=self._place.region,
            writer=self._writer,
            heartbeat_age=self._heartbeat_age(),
            withheld=self._withheld,
            glass=self._glass is not None,
            release_undoing=self._releases.is_undoing,
        ).publish(self._parts.telemetry)
        self._withheld = False

    def _remember(self) -> None:
        """Write the memory, unless a newer run has claimed the region."""
        memory = replace(self._memory, beats=self._memory.beats + 1, at=self._clock.timestamp())
        try:
            with self._attempting("writing the memory"):
                client, table = self._parts.client, self._parts.control_table
                write_memory(client, table, self._place.region, memory, run_before=self._run)
                self._memory = memory
        except SupersededRunError:
            self._parts.telemetry.logger.info("a newer run has claimed the region")
            self._claimed = False
            self._claim.watch_over_successor()

    def _heartbeat_age(self) -> float | None:
        return None if self._heartbeat is None else max(0.0, self._clock.wall() - self._heartbeat.epoch_seconds)

    def _pause(self) -> None:
        self._clock.sleep(CONFLICT_PAUSE_SECONDS)

    def _is_due(self, last: float | None, seconds: float) -> bool:
        """Return whether it is time again, half a tick early rather than late."""
        return last is None or self._clock.monotonic() - last >= seconds - TICK_SECONDS / 2
