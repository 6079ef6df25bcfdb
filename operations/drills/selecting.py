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


def split(events: Sequence[AnyEvent], phase: str) -> tuple[Sequence[AnyEvent], Sequence[AnyEvent]]:
    """Return what is before a phase in the log, and what is in it or after it; a log without it is all before.

    By place, not by time: a step that fails and the phase that follows can happen in the same millisecond.
    """
    begins = (at for at, each in enumerate(events) if isinstance(each, Phase) and each.name == phase)
    at = next(begins, len(events))
    return events[:at], events[at:]
