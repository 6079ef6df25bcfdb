"""How one difference is judged: nothing is removed or overwritten that a client may have been promised."""

from dataclasses import replace
from typing import Any

import pytest

from operations.restore.findings import RestoreFindingKind as Kind
from operations.restore.judging import ComparedPayment, WitnessReach, judge_restored

REACH = WitnessReach(
    moment="2026-01-31T12:00:00.000Z",
    scanned_at="2026-01-31T13:00:00.000Z",
    settled="2026-01-31T12:59:30.000Z",
    answers_since="2026-01-31T11:00:00.000Z",
)
LATER = "2026-01-31T12:30:00.000Z"
ADDED = ComparedPayment(
    transaction_id="added",
    restored=None,
    serving="live",
    other="live",
    region="us-east-1",
    stored_at=LATER,
    request_id="request",
    verdict="unanswered",
    first_rank=1,
    is_logged=1,
    in_logs=1,
    promised_versions=0,
    promised_state=None,
    promised_at="",
)
CHANGED = ADDED._replace(restored="old", is_logged=0)
ABSENT = ADDED._replace(serving=None, other=None, verdict="", request_id="", stored_at="", in_logs=0, is_logged=0)
PROMISED: dict[str, Any] = {"promised_versions": 1, "promised_state": "logged", "promised_at": LATER}


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (ADDED, Kind.SUSPICIOUS),
        (ADDED._replace(verdict="answered"), None),
        (ADDED._replace(verdict="answered", in_logs=0), Kind.UNLOGGED),
        (ADDED._replace(verdict="answered", other="else"), Kind.REPLICAS_DIFFER),
        (ADDED._replace(verdict="answered", other=None, stored_at="2026-01-31T12:59:59.000Z"), None),
        (ADDED._replace(verdict="in doubt"), Kind.UNJUDGED),
        (ADDED._replace(request_id="", verdict=""), Kind.SUSPICIOUS),
        (ADDED._replace(stored_at="2026-01-31T10:59:59.000Z"), Kind.UNJUDGED),
        (ADDED._replace(**PROMISED), Kind.CHANGED),
        (ADDED._replace(**{**PROMISED, "promised_versions": 2}), Kind.UNJUDGED),
        (CHANGED, Kind.CHANGED),
        (CHANGED._replace(verdict="answered"), Kind.ANSWERED),
        (CHANGED._replace(verdict="in doubt"), Kind.UNJUDGED),
        (CHANGED._replace(**PROMISED), Kind.UNJUDGED),
        (CHANGED._replace(serving="old", other="else"), Kind.REPLICAS_DIFFER),
        (ABSENT._replace(restored="old"), Kind.DELETED),
        (ABSENT._replace(restored="old", **PROMISED), Kind.UNJUDGED),
        (ABSENT._replace(other="live"), Kind.REPLICAS_DIFFER),
        (ABSENT._replace(other="live", stored_at="2026-01-31T12:59:59.000Z"), None),
        (ABSENT._replace(**PROMISED), Kind.DELETED),
        (ABSENT._replace(**{**PROMISED, "promised_versions": 2}), Kind.UNJUDGED),
        (ABSENT._replace(**{**PROMISED, "promised_at": "2026-01-31T13:00:01.000Z"}), None),
    ],
)
def test_what_a_difference_is(row: ComparedPayment, kind: Kind | None) -> None:
    assert judge_restored(row, REACH).kind is kind


@pytest.mark.parametrize(
    ("row", "reach", "why"),
    [
        (ADDED, replace(REACH, answers_since=None), "an access log could not be read"),
        (CHANGED._replace(is_logged=1), replace(REACH, answers_since=None), "it was inserted again"),
        (ADDED._replace(request_id=""), replace(REACH, has_request_ids=False), "neither do payments from before"),
    ],
)
def test_what_cannot_be_known_is_not_judged(row: ComparedPayment, reach: WitnessReach, why: str) -> None:
    judged = judge_restored(row, reach)
    assert judged.kind is Kind.UNJUDGED
    assert why in judged.why


def test_shared_request_is_said() -> None:
    assert judge_restored(ADDED._replace(first_rank=2), REACH).why == "its request is another payment's"


def test_wanted_version_of_a_later_payment_is_the_logged_one() -> None:
    assert judge_restored(ABSENT._replace(**PROMISED), REACH).from_log
    assert not judge_restored(CHANGED, REACH).from_log
