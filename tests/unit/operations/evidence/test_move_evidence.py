"""Evidence of a move: what is measured, how exactly, and what stays unknown."""

from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from contract.environment import Metric
from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.errors import OperationError
from operations.evidence.manifest import verify
from operations.evidence.move_evidence import MoveEvidence, journal_evidence, read_evidence
from operations.evidence.move_folder import write_move_evidence
from operations.evidence.move_lanes import move_timeline
from operations.evidence.move_record import MoveRecord, move_record
from operations.evidence.move_report import incomplete, move_report, summary
from operations.execution.journal import Begun, Done, Failed, Intended, Journal, Planned, Record
from operations.plans.plan import Plan, Purpose
from operations.plans.roll_back import undoing
from operations.plans.steps import ClosePlanned, OpenWriter
from operations.topology.site_clock import SiteClock
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.evidence.observed import Observed
from tests.unit.operations.plans.topologies import SITE, closing, open_in

PRIMARY, STANDBY = "us-east-1", "us-east-2"
CLOSED, OPENED = 605.0, 615.0
"""In the eleventh minute since the epoch: minutes are easy to count there."""
LATE = 10_000.0
STEPS = (
    ClosePlanned(source=Role.PRIMARY, destination=Role.STANDBY),
    OpenWriter(of=Role.STANDBY),
)


def records(**planned: Any) -> list[Record]:
    """Return the journal of a switchover that closed the writer at 605 s and opened it at 615 s."""
    plan = Plan(purpose=Purpose.SWITCHOVER, environment="dev", steps=STEPS, before=open_in())
    closed, opened = closing(ClosingKind.PLANNED, epoch=8), open_in(Role.STANDBY, epoch=9)

    def changed(step: int, at: float, writer: Writer) -> list[Record]:
        return [
            Begun(at=at - 0.2, step=step),
            Intended(at=at - 0.1, step=step, writer=writer),
            Done(at=at, step=step, seconds=0.2, evidence={}, writer=writer),
        ]

    begun = {"at": 600, "machine_ahead": 0.0, **planned}
    first = Planned(plan=plan, by="ann", reason="main|tenance", time_scale=1, **begun)
    return [first, *changed(0, CLOSED, closed), *changed(1, OPENED, opened)]


def busy(minutes: range = range(3, 20)) -> Observed:
    """Return a deployment in which payments are stored in every minute, and some are refused during the move."""
    observed = Observed(
        alive={region: {60.0 * each for each in range(40)} for region in (PRIMARY, STANDBY)},
        stored={PRIMARY: [590.0, 604.25, 604.75], STANDBY: [615.5, 616.0]},
    )
    observed.count(PRIMARY, Metric.PAYMENT_STORED, **{f"m{each}": 60 for each in minutes if each <= 10})
    observed.count(STANDBY, Metric.PAYMENT_STORED, **{f"m{each}": 50 for each in minutes if each >= 10})
    observed.count(PRIMARY, Metric.PAYMENT_REFUSED, m10=7, m11=3)
    return observed


def measured(observed: Observed, *, now: float = LATE, told: list[Record] | None = None) -> MoveEvidence:
    move = move_record(records() if told is None else told)
    clock = SiteClock(FakeClock(now))
    clock.hear(formatdate(now, usegmt=True), 0.0)
    return read_evidence(move, journal="1.jsonl", site=SITE, aws=observed.aws, surroundings="AWS", clock=clock)


def later(told: list[Record], seconds: float) -> list[Record]:
    """Return a journal that a machine wrote whose clock is ahead."""
    return [each.model_copy(update={"at": each.at + seconds}) for each in told]


def rolled_back() -> list[Record]:
    """Return how the closing of `records` was undone."""
    plan, closed = records()[0], closing(ClosingKind.PLANNED, epoch=8)
    assert isinstance(plan, Planned)
    return [
        Planned(at=621, plan=undoing(plan.plan, closed), by="ann", reason="", time_scale=1),
        Done(at=622, step=0, seconds=1, evidence={}, writer=open_in(epoch=9)),
    ]


def minute(found: MoveEvidence, region: str, index: int) -> Any:
    """Return a minute by its number since the epoch."""
    return found.payments[region].minutes[index - round(found.minutes_from / 60)]


class TestJournal:
    """What is known without asking anybody."""

    def test_who_moved_what(self) -> None:
        move = move_record(records())
        assert (move.purpose, move.source, move.destination) == (Purpose.SWITCHOVER, PRIMARY, STANDBY)
        assert move.by == "ann"
        assert move.closed_seconds == move.refused_seconds == pytest.approx(10.1)
        assert move.pivots == (CLOSED - 0.1, OPENED)

    def test_refusal_that_began_before(self) -> None:
        assert move_record(records(nobody_since=400.0)).pivots == (400.0, OPENED)

    def test_refusal_that_began_nobody_knows_when(self) -> None:
        move = move_record(records(nobody_since="unknown"))
        assert (move.refused_since, move.refused_seconds) == (None, None)
        assert move.closed_seconds == pytest.approx(10.1)

    def test_closing_that_never_ended(self) -> None:
        move = move_record([*records()[:4], Failed(at=620, step=1, error="no answer")])
        assert (move.opened_at, move.closed_seconds, move.ended_early) == (None, None, "no answer")

    def test_failure_of_an_undone_move_is_reported(self) -> None:
        told = [*records()[:4], Failed(at=620, step=1, error="no answer"), *rolled_back()]
        assert move_record(told).ended_early == "no answer"

    def test_failure_after_which_it_went_on_is_over(self) -> None:
        told = records()
        told.insert(4, Failed(at=607, step=1, error="no answer"))
        assert move_record(told).ended_early == ""

    def test_closing_that_only_its_roll_back_learnt_of(self) -> None:
        move = move_record([*records()[:3], *rolled_back()])
        assert [(each.state, each.at) for each in move.changes] == [("closing", 621), ("open", 622)]
        assert move.pivots == (CLOSED - 0.1, 622.0)
        assert move.closed_seconds == pytest.approx(17.1)

    def test_moments_are_the_sites(self) -> None:
        move = move_record(later(records(machine_ahead=600.0, nobody_since=1000.0), 600))
        assert (move.began, move.pivots) == (600, (400.0, OPENED))

    def test_plan_that_changed_nothing_is_no_move(self) -> None:
        assert not move_record(records()[:1]).has_moved

    def test_journal_without_a_plan(self) -> None:
        with pytest.raises(OperationError, match="no plan"):
            move_record([])

    def test_metrics_are_unknown_at_the_end_of_the_move(self) -> None:
        found = journal_evidence(move_record(records()), journal="1.jsonl", site=SITE, surroundings="AWS")
        assert not found.is_complete
        assert {each for region in found.payments.values() for each in region.minutes} == {None}
        assert incomplete(found).startswith("Only the journal")
        assert found.gap.says == "not read: CloudWatch shows minutes late"


class TestMinutes:
    """What payers were answered."""

    def test_counts_by_region_and_minute(self) -> None:
        found = measured(busy())
        assert found.is_complete
        assert (minute(found, PRIMARY, 10).answered, minute(found, PRIMARY, 10).refused) == (60, 7)
        assert (minute(found, STANDBY, 10).answered, minute(found, STANDBY, 9).answered) == (50, 0)

    def test_queued_and_declined(self) -> None:
        observed = busy()
        observed.count(PRIMARY, Metric.PAYMENT_QUEUED, m9=4)
        observed.count(PRIMARY, Metric.PAYMENT_REPLAYED, m9=2)
        observed.count(PRIMARY, Metric.PAYMENT_CONFLICT, m9=1)
        observed.count(PRIMARY, Metric.PAYMENT_REJECTED, m9=5)
        found = minute(measured(observed), PRIMARY, 9)
        assert (found.answered, found.queued, found.declined, found.taken) == (62, 4, 6, 66)

    def test_pages_are_put_together(self) -> None:
        observed = busy()
        observed.page = 7
        assert measured(observed).payments == measured(busy()).payments

    def test_errors_of_the_api(self) -> None:
        observed = busy()
        observed.requests[PRIMARY] = {600.0: (90, 12)}
        found = measured(observed)
        assert (minute(found, PRIMARY, 10).api_errors, minute(found, PRIMARY, 9).api_errors) == (12, None)

    def test_minute_in_which_nothing_was_published_is_unknown(self) -> None:
        observed = busy()
        observed.alive[STANDBY] -= {480.0}
        observed.requests[STANDBY] = {480.0: (5, 0)}  # which says nothing of the function
        found = measured(observed)
        assert (minute(found, STANDBY, 8), minute(found, STANDBY, 9).answered) == (None, 0)

    @pytest.mark.parametrize(("now", "is_known"), [(660 + 179, False), (660 + 180, True)])
    def test_minute_that_has_not_arrived_is_unknown(self, now: float, is_known: bool) -> None:  # noqa: FBT001
        found = measured(busy(), now=now)
        assert (minute(found, PRIMARY, 10) is not None) is is_known
        assert not found.is_complete
        assert "Read again after" in incomplete(found)

    def test_region_that_does_not_answer_is_unknown(self) -> None:
        observed = busy()
        observed.lost = {PRIMARY}
        found = measured(observed)
        assert found.payments[PRIMARY].unknown == "no connection"
        assert incomplete(found) == "Not complete: us-east-1 could not be read. Read again once that is possible."
        assert set(found.payments[PRIMARY].minutes) == {None}
        assert found.last_stored is not None
        assert (found.last_stored.at, found.last_stored.says) == (None, "no connection")
        assert found.stored_gap_seconds is None

    def test_right_that_is_missing_is_named(self) -> None:
        observed = busy()
        observed.denied = True
        assert "AccessDenied" in measured(observed).payments[STANDBY].unknown

    def test_clock_of_the_machine_that_moved_was_wrong(self) -> None:
        found = measured(busy(), told=later(records(machine_ahead=600.0), 600))
        right = measured(busy())
        assert (found.payments, found.gap, found.last_stored) == (right.payments, right.gap, right.last_stored)
        assert "600 s ahead, which is set right here" in move_report(found, picture="")

    def test_clock_of_the_machine_that_moved_is_not_known(self) -> None:
        found = measured(busy(), told=records(machine_ahead=None))
        assert found.unread == (PRIMARY, STANDBY)
        assert (found.is_complete, found.last_stored, found.gap.refused) == (False, None, None)
        assert "how wrong this machine's clock was" in incomplete(found)

    def test_answers_that_tell_no_time_are_unknown(self) -> None:
        clock = SiteClock(FakeClock(LATE))
        found = read_evidence(
            move_record(records()), journal="", site=SITE, aws=busy().aws, surroundings="AWS", clock=clock
        )
        assert found.unread == (PRIMARY, STANDBY)

    def test_emulated_minutes_are_shorter(self) -> None:
        first, *rest = records()
        assert isinstance(first, Planned)
        observed = busy()
        found = measured(observed, told=[first.model_copy(update={"time_scale": 10.0}), *rest])
        assert found.resolution_seconds == 6
        assert {query["MetricStat"]["Period"] for each in observed.asked for query in each["MetricDataQueries"]} == {6}


class TestGap:
    """For how long nobody was taken."""

    def test_gap_within_a_minute_has_an_upper_bound_alone(self) -> None:
        gap = measured(busy()).gap
        assert (gap.at_least_seconds, gap.less_than_seconds, gap.refused) == (0, 120, 7)
        assert "a minute (60 s) shows no more" in gap.says

    def test_whole_minutes_are_a_lower_bound(self) -> None:
        observed = busy()
        observed.counts[PRIMARY][Metric.PAYMENT_STORED].pop(600.0)
        observed.counts[STANDBY][Metric.PAYMENT_STORED].pop(600.0)
        observed.counts[STANDBY][Metric.PAYMENT_STORED].pop(660.0)
        gap = measured(observed).gap
        assert (gap.at_least_seconds, gap.less_than_seconds) == (120, 240)

    def test_no_attempts_prove_nothing(self) -> None:
        quiet = Observed(alive={region: {60.0 * each for each in range(40)} for region in (PRIMARY, STANDBY)})
        gap = measured(quiet).gap
        assert (gap.at_least_seconds, gap.less_than_seconds, gap.refused) == (None, None, 0)
        assert "nobody tried to pay" in gap.says

    def test_5xx_that_no_function_answered_may_be_payments(self) -> None:
        observed = Observed(alive={region: {60.0 * each for each in range(40)} for region in (PRIMARY, STANDBY)})
        observed.requests[PRIMARY] = {600.0: (90, 12)}
        gap = measured(observed).gap
        assert (gap.at_least_seconds, gap.refused) == (None, None)
        assert "no function refused any, and API Gateway counted 12 5xx" in gap.says

    def test_no_region_was_read(self) -> None:
        observed = busy()
        observed.lost = {PRIMARY, STANDBY}
        assert measured(observed).gap.says == "not read: no connection"

    def test_region_that_published_nothing_may_have_taken_payments(self) -> None:
        observed = busy()
        for counted in (observed.counts[PRIMARY], observed.counts[STANDBY]):
            counted[Metric.PAYMENT_STORED].pop(600.0, None)
        observed.alive[PRIMARY] -= {600.0}
        observed.counts[PRIMARY][Metric.PAYMENT_REFUSED].pop(600.0)
        gap = measured(observed).gap
        assert (gap.at_least_seconds, gap.refused) == (None, None)
        assert gap.says == "not known: us-east-1 published nothing in minutes without a payment"

    def test_it_is_not_known_before_its_minutes_arrive(self) -> None:
        assert measured(busy(), now=700.0).gap.says.startswith("not known yet")


class TestStamps:
    """When the last payment was stored before, and the first one since."""

    def test_logs_tell_to_the_millisecond(self) -> None:
        found = measured(busy())
        assert found.last_stored is not None
        assert found.first_stored is not None
        assert (found.last_stored.region, found.last_stored.at) == (PRIMARY, 604.75)
        assert (found.first_stored.region, found.first_stored.at) == (STANDBY, 615.5)
        assert found.stored_gap_seconds == 10.75

    def test_same_region_opened_again(self) -> None:
        told = records()
        told[-3:] = [
            each.model_copy(update={"writer": open_in(epoch=9)}) if isinstance(each, Intended | Done) else each
            for each in told[-3:]
        ]
        observed = busy()
        observed.stored[PRIMARY] += [615.25, 617.0]
        found = measured(observed, told=told)
        assert (found.last_stored, found.first_stored) != (None, None)
        assert found.stored_gap_seconds == 10.5

    def test_opening_by_somebody_else_is_no_payment_of_before(self) -> None:
        observed = busy()
        observed.stored[PRIMARY] += [700.0]
        found = measured(observed, told=records()[:4])
        assert found.last_stored is not None
        assert (found.last_stored.at, found.first_stored) == (604.75, None)

    def test_nothing_logged_is_unknown(self) -> None:
        observed = busy()
        observed.stored[STANDBY] = [5000.0]
        found = measured(observed)
        assert found.first_stored is not None
        assert (found.first_stored.at, found.first_stored.says) == (None, "its log holds none within 300 s")

    def test_too_many_logs_are_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("operations.evidence.logged_stamps.MOST_LOGS", 2)
        found = measured(busy()).last_stored
        assert found is not None
        assert "1 more were written" in found.says


class TestFolder:
    """What lies in the incident's folder."""

    def folder(self, directory: Path, found: MoveEvidence) -> Path:
        journal = Journal(directory / "20260131T150003.000000Z-switchover.jsonl")
        journal.path.touch()
        for each in records():
            journal.append(each)
        return write_move_evidence(found, journal.path)

    def test_it_is_complete_and_digested(self, tmp_path: Path) -> None:
        folder = self.folder(tmp_path, measured(busy()))
        assert folder == tmp_path / "evidence" / "20260131T150003.000000Z-switchover"
        names = {each.name for each in folder.iterdir()}
        assert names == {"evidence.json", "report.md", "timeline.svg", "manifest.json", f"{folder.name}.jsonl"}
        assert verify(folder) == []

    def test_evidence_is_read_back_as_it_was(self, tmp_path: Path) -> None:
        found = measured(busy())
        text = (self.folder(tmp_path, found) / "evidence.json").read_text()
        assert MoveEvidence.model_validate_json(text) == found
        assert '"storedGapSeconds": 10.75' in text

    def test_later_reading_replaces_the_journals_part(self, tmp_path: Path) -> None:
        move = move_record(records())
        self.folder(tmp_path, journal_evidence(move, journal="1.jsonl", site=SITE, surroundings="AWS"))
        folder = self.folder(tmp_path, measured(busy()))
        assert verify(folder) == []
        assert "have not been read" not in (folder / "report.md").read_text()

    def test_picture_is_the_drills_own(self, tmp_path: Path) -> None:
        text = (self.folder(tmp_path, measured(busy())) / "timeline.svg").read_text()
        assert 'aria-label="Timeline of the switchover of dev"' in text
        assert "us-east-1 refuses them: 7 in the minute" in text
        assert "writer, by the journal: closing in us-east-1" in text

    def test_directory_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "evidence").touch()
        with pytest.raises(OperationError, match="must be writable"):
            self.folder(tmp_path, measured(busy()))


def test_report_says_what_is_unknown() -> None:
    observed = busy()
    observed.lost = {PRIMARY}
    text = move_report(measured(observed), picture="timeline.svg")
    assert "us-east-1: unknown (no connection)." in text
    assert "| 00:10:00 | ? | ? | ? | ? | 50 | 0 | 0 | ? |" in text
    assert "main\\|tenance" in text


def test_summary_is_what_people_ask_for() -> None:
    said = dict(summary(measured(busy())))
    assert said["Nobody could pay (journal)"] == "10.1 s"
    assert said["Last payment stored before (logs)"] == "1970-01-01 00:10:04.750 UTC in us-east-1"
    assert said["Between the two (logs)"] == "10.8 s"


def test_minutes_of_a_long_move_are_limited() -> None:
    move: MoveRecord = move_record(records()).model_copy(update={"ended": 10.0**6})
    found = journal_evidence(move, journal="1.jsonl", site=SITE, surroundings="AWS")
    assert found.minutes_until - found.minutes_from <= 12 * 3600 + 60


def test_opening_after_a_long_stop_is_read() -> None:
    day = 86_400.0
    told = records()
    told[-3:] = later(told[-3:], day)
    observed = busy(range(1436, 1460))
    observed.alive = {region: {60.0 * each for each in range(1500)} for region in (PRIMARY, STANDBY)}
    found = measured(observed, told=told, now=2 * day)
    assert minute(found, STANDBY, 1450).answered == 50
    assert found.minutes_from > OPENED
    assert found.unread_from == 300.0
    assert (found.is_complete, found.gap.refused) == (False, None)
    assert "nothing is known of the time before 1970-01-01 12:" in incomplete(found)
    assert all(span.start >= 0 for span in (*move_timeline(found).phases, *move_timeline(found).lanes[0].spans))
