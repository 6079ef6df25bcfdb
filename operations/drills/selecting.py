"""Parts of an event log. Pure."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from operations.drills.events import AnyEvent, Phase

E = TypeVar("E")


def of_kind(events: Iterable[AnyEvent], kind: type[E]) -> list[E]:
    """Return the events of one kind."""
    return [each for each in events if isinstance(each, kind)]


def phase_starts(events: Iterable[AnyEvent]) -> dict[str, float]:
    """Return when each phase began, in elapsed seconds."""
    return {each.name: each.elapsed for each in of_kind(events, Phase)}


def between(events: Sequence[AnyEvent], start: float | None, end: float | None) -> list[AnyEvent]:
    """Return what happened from one moment to before another; None is the log's own beginning or end."""
    return [each for each in events if (start is None or each.elapsed >= start) and (end is None or each.elapsed < end)]
