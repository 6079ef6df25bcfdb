"""Who did what to the writer, in a person's words."""

from collections.abc import Callable

import pytest

from handlers.writer.changes import Author, close_planned, hold, set_automatic, take_over, undo
from handlers.writer.item import ClosingKind, Writer
from operations.topology.words import who_did_what
from tests.unit.operations.plans.topologies import closing, open_in

BOB = Author(by="bob", reason="drill", at="2026-01-31T12:00:00.000Z")
OPEN = open_in()
PLANNED = closing(ClosingKind.PLANNED)


@pytest.mark.parametrize(
    ("change", "deed"),
    [
        (lambda: set_automatic(OPEN, BOB, automatic=False), "switched automatic takeover off, us-east-1 stays open"),
        (lambda: set_automatic(OPEN, BOB, automatic=True), "switched automatic takeover on, us-east-1 stays open"),
        (
            lambda: set_automatic(PLANNED, BOB, automatic=False),
            "switched automatic takeover off, us-east-1 stays closing",
        ),
        (lambda: undo(PLANNED, BOB), "opened us-east-1"),
        (lambda: undo(set_automatic(PLANNED, BOB, automatic=False), BOB), "opened us-east-1"),
        (lambda: close_planned(OPEN, "us-east-2", BOB), "began to close us-east-1 in favour of us-east-2"),
        (lambda: take_over(OPEN, "us-east-2", BOB), "began to open us-east-2"),
        (lambda: hold(OPEN, BOB), "stopped both regions"),
    ],
)
def test_each_change_has_its_verb(change: Callable[[], Writer], deed: str) -> None:
    after = change()
    for seen in (after, Writer.from_item(after.item())):
        assert who_did_what(seen).startswith(f"bob {deed} at ")
