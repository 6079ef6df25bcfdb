"""Lines of the transaction log with what a restore needs of them."""

import json

from handlers.payments.logged_payment import LoggedPayment
from operations.restore.logged_lines import verify_with_change
from tests.unit.operations.restore.payments import paid
from tests.unit.operations.restore.world import item_of

LOGGED = LoggedPayment.from_item(item_of(paid("a", at=0.0)))


def test_line_as_it_was_written_stays() -> None:
    line = LOGGED.line().encode()
    assert verify_with_change(line) is line


def test_line_of_a_change_keeps_its_moment() -> None:
    line = LOGGED.line(changedAt="2026-01-31T12:00:00.000Z", by="eve").encode()
    kept = json.loads(verify_with_change(line))
    assert (kept["changedAt"], kept["requestId"]) == ("2026-01-31T12:00:00.000Z", "request-of-a")
    assert "by" not in kept


def test_line_that_was_altered_proves_nothing() -> None:
    line = LOGGED.line(changedAt="2026-01-31T12:00:00.000Z").replace("10.5", "99.5").encode()
    assert set(json.loads(verify_with_change(line))) == {"id", "malformed"}
