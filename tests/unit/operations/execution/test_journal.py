"""The journal survives being killed in the middle of a line, and keeps two operators from doing the same."""

from pathlib import Path

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.execution.journal import (
    Begun,
    Done,
    Intended,
    Journal,
    JournalError,
    Journals,
    Overtaken,
    Planned,
    Record,
)
from operations.execution.progress import progress
from operations.plans.plan import Plan, Purpose
from operations.plans.steps import ClosePlanned, Settle
from tests.unit.operations.plans.topologies import closing, open_in

PLAN = Plan(
    purpose=Purpose.SWITCHOVER,
    environment="dev",
    steps=(ClosePlanned(source=Role.PRIMARY, destination=Role.STANDBY), Settle()),
    before=open_in(epoch=4),
)
CLOSED = closing(ClosingKind.PLANNED, epoch=5)
PLANNED = Planned(at=1, plan=PLAN, by="me", reason="drill", time_scale=1)
BEGUN = Begun(at=2, step=0)
INTENDED = Intended(at=2, step=0, writer=CLOSED)
DONE = Done(at=3, step=0, seconds=0.1, evidence={"epoch": 5, "state": "closing"}, writer=CLOSED)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journals(tmp_path, "dev").create("20260101-switchover")


def written(journal: Journal, *records: Record) -> Journal:
    for record in records:
        journal.append(record)
    return journal


def test_what_is_written_is_read(journal: Journal) -> None:
    records: list[Record] = [PLANNED, BEGUN, INTENDED, DONE]
    assert written(journal, *records).records() == records


def test_a_torn_line_does_not_count(journal: Journal) -> None:
    written(journal, PLANNED)
    with journal.path.open("a") as file:
        file.write('{"at": 2, "kind": "be')
    assert journal.records() == [PLANNED]


def test_what_follows_a_torn_line_is_read(journal: Journal) -> None:
    with journal.path.open("a") as file:
        file.write('{"at": 2, "kind": "be')
    with journal.held():
        written(journal, PLANNED)
    assert journal.records() == [PLANNED]


def test_a_file_that_is_no_journal(journal: Journal) -> None:
    journal.path.write_text('{"kind": "something"}\n')
    with pytest.raises(JournalError, match="must be a journal of this version"):
        journal.records()


def test_two_at_once_are_refused(journal: Journal) -> None:
    with journal.held(), pytest.raises(JournalError, match="another process"), Journal(journal.path).held():
        pass


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="--journals must be a directory"):
        Journals(tmp_path / "file", "dev").create("x")


def test_the_latest_journal_comes_first(tmp_path: Path) -> None:
    journals = Journals(tmp_path, "dev")
    made = [journals.create(name) for name in ("2026-a", "2027-b")]
    assert [each.path for each in journals.latest_first()] == [made[1].path, made[0].path]


class TestProgress:
    """How far a plan has come."""

    def test_without_a_plan(self) -> None:
        assert progress([]) is None

    def test_a_begun_step_is_not_done(self) -> None:
        so_far = progress([PLANNED, BEGUN])
        assert so_far is not None
        assert (so_far.next, so_far.begun, so_far.finished) == (0, 0, False)

    def test_a_done_step_is_not_repeated(self) -> None:
        so_far = progress([PLANNED, BEGUN, DONE])
        assert so_far is not None
        assert (so_far.next, so_far.finished) == (1, False)

    def test_the_end(self) -> None:
        so_far = progress([PLANNED, DONE, Done(at=4, step=1, seconds=0, evidence={})])
        assert so_far is not None
        assert so_far.finished

    def test_overtaken_plan_is_finished(self) -> None:
        so_far = progress([PLANNED, BEGUN, Overtaken(at=4, step=0, error="bob opened us-east-2")])
        assert so_far is not None
        assert so_far.finished

    def test_change_without_an_answer_is_pending(self) -> None:
        so_far = progress([PLANNED, BEGUN, INTENDED])
        assert so_far is not None
        assert (so_far.latest, so_far.intended) == (PLAN.before, CLOSED)
        assert so_far.is_untouched(PLAN.before)
        assert not so_far.is_untouched(CLOSED)

    def test_change_that_was_answered_is_the_latest(self) -> None:
        so_far = progress([PLANNED, BEGUN, INTENDED, DONE])
        assert so_far is not None
        assert (so_far.latest, so_far.intended) == (CLOSED, None)

    def test_a_roll_back_counts_anew_and_keeps_the_first_plan(self) -> None:
        back = PLAN.model_copy(update={"purpose": Purpose.ROLL_BACK})
        so_far = progress([PLANNED, BEGUN, DONE, PLANNED.model_copy(update={"plan": back})])
        assert so_far is not None
        assert (so_far.first, so_far.plan, so_far.next, so_far.rolls_back) == (PLAN, back, 0, True)
