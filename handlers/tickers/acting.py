"""What the writer becomes by what a ticker does."""

from typing import assert_never

from handlers.tickers.decision import TickerAction, TickerDecision, TickerPlace
from handlers.writer.changes import Author, create, open_writer, take_over, undo
from handlers.writer.item import ClosingKind, Writer


def author_name(region: str) -> str:
    """Return the name by which a region's ticker signs its changes."""
    return f"ticker {region}"


def successor(place: TickerPlace, decision: TickerDecision, before: Writer | None, *, now: float, at: str) -> Writer:
    """Return the writer after the decision; `now` (seconds since the epoch) numbers a first one, `at` is for people.

    Raises:
        ForbiddenChangeError: The change may not follow on what the writer is.
        ValueError: The action changes no writer.
    """
    # Who broke the glass was an operator: claiming it is the operator's change.
    is_automatic = decision.action is not TickerAction.CLAIM_GLASS
    author = Author(by=author_name(place.region), reason=decision.reason, at=at, automatic=is_automatic)
    if before is None:
        if decision.action is TickerAction.CREATE:
            return create(place.region, int(now), author)
        raise ValueError(f"there is no writer to {decision.action.value}")
    match decision.action:
        case TickerAction.OPEN:
            return open_writer(before, author)
        case TickerAction.UNDO:
            return undo(before, author)
        case TickerAction.TAKE_OVER | TickerAction.CLAIM_GLASS:
            return take_over(before, place.region, author)
        case TickerAction.WAIT | TickerAction.CREATE | TickerAction.CLEAR_GLASS | TickerAction.VOID_GLASS:
            raise ValueError(f"to {decision.action.value} changes no writer")
        case _:
            assert_never(decision.action)


def is_own_takeover(place: TickerPlace, writer: Writer) -> bool:
    """Return whether the writer shows an unattended takeover by the region's ticker."""
    is_mine = writer.by == author_name(place.region)
    return is_mine and writer.kind is ClosingKind.TAKEOVER and writer.automatic_changes > 0


def is_own_undoing(place: TickerPlace, kind_before: str, writer: Writer) -> bool:
    """Return whether the writer shows that the region's ticker has undone a planned closing."""
    return writer.by == author_name(place.region) and writer.is_open and kind_before == ClosingKind.PLANNED
