"""What a drill accepts before a failback, as a human would: what its own clients' attempts explain."""

from pathlib import Path

import pytest

from contract.roles import Role
from operations.drills.duplicate_acceptance import Judge
from operations.drills.events import AnyEvent, PaymentAttempt
from operations.drills.log import EventLog
from operations.reconcile.findings import Finding
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.drills.logs import attempt
from tests.unit.operations.drills.trails import found, write_trail
from tests.unit.operations.drills.world import site

UNANSWERED = attempt(1, "a", status=None)
STORED = attempt(60, "a", role=Role.STANDBY)


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "events.jsonl", FakeClock())


def judging(tmp_path: Path, log: EventLog, *events: AnyEvent) -> Judge:
    log.events.extend(events)
    return Judge(site(), log, trails=tmp_path / "trails", accepted=tmp_path / "accepted")


def test_a_payment_of_unknown_outcome_that_the_other_region_took(tmp_path: Path, log: EventLog) -> None:
    on = judging(tmp_path, log, UNANSWERED, STORED)
    write_trail(tmp_path / "trails", found("a"))
    assert on.judge() == ["a"]
    assert on.options == ("--accepted", str(tmp_path / "accepted"))
    assert (tmp_path / "accepted").read_text() == f"{found('a').digest}  # a: paid once\n"


UNEXPLAINED: dict[str, tuple[Finding, tuple[PaymentAttempt, ...]]] = {
    "of somebody else": (found("b"), (UNANSWERED, STORED)),
    "refused for certain there": (found("a"), (attempt(1, "a", status=503, doubtful=False), STORED)),
    "twice by one region": (found("a", by=("us-east-1",)), (UNANSWERED,)),
    "of another amount": (found("a", other_amount=True), (UNANSWERED, STORED)),
    "by a region of no site": (found("a", by=("us-east-1", "eu-west-1")), (UNANSWERED, STORED)),
}


@pytest.mark.parametrize(("finding", "events"), UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_what_the_attempts_do_not_explain_is_left_to_a_human(
    finding: Finding, events: tuple[PaymentAttempt, ...], tmp_path: Path, log: EventLog
) -> None:
    on = judging(tmp_path, log, *events)
    write_trail(tmp_path / "trails", finding)
    assert on.judge() == []
    assert on.options == ()
    assert not (tmp_path / "accepted").exists()


def test_the_latest_comparison_counts_and_what_was_accepted_stays(tmp_path: Path, log: EventLog) -> None:
    on = judging(tmp_path, log, UNANSWERED, STORED, attempt(2, "b", status=None))
    write_trail(tmp_path / "trails", found("a"))
    on.judge()
    write_trail(tmp_path / "trails", found("b"), name="2")
    assert on.judge() == ["b"]
    assert on.judge() == []
    assert (tmp_path / "accepted").read_text().count("\n") == 2


def test_before_any_comparison_there_is_nothing_to_judge(tmp_path: Path, log: EventLog) -> None:
    assert judging(tmp_path, log, UNANSWERED).judge() == []
