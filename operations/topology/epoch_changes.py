"""Derives what each epoch of the writer changed: from which region to which, and how long no region could store."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.writer.item import Writer
from operations.timestamps import epoch_seconds
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.writer_history import HistoricEpoch

CONTEXT_EPOCHS = 3
"""How many epochs before the first that is shown must be known: a move takes two."""


@dataclass(frozen=True)
class EpochChange:
    """One epoch, and what it changed."""

    epoch: HistoricEpoch
    before: Writer | None
    """The writer one epoch earlier; None if that is not known."""
    source: str | None
    """The region that could store before; None if that is not known."""
    closed_seconds: Reading[float] | None
    """For how long no region could store until this epoch opened one, by its authors' clocks; None if it opened none.

    For the newest epoch, while it is closing, until now.
    """


def epoch_changes(history: Sequence[HistoricEpoch], *, now: float) -> list[EpochChange]:
    """Return what each epoch changed, newest first like the history; `now` is in seconds since 1970."""
    found: list[EpochChange] = []
    before: Writer | None = None
    source: str | None = None
    closed_at: Reading[float] | None = None
    for index, each in enumerate(reversed(history)):
        if isinstance(each.writer, Unknown):
            closed_at = Unknown(f"epoch {each.epoch}: {each.writer.reason}")
            found.append(EpochChange(each, before, source, None))
            before = source = None
            continue
        writer = each.writer.value
        if index == 0 and each.epoch > 1:
            closed_at = Unknown(f"epoch {each.epoch - 1} was not read")
        elif closed_at is None and not writer.is_open:
            closed_at = _moment(writer)
        is_newest = index == len(history) - 1
        closed = None
        if closed_at is not None and (writer.is_open or is_newest):
            closed = _between(closed_at, _moment(writer) if writer.is_open else Known(now))
        found.append(EpochChange(each, before, source, closed))
        before = writer
        if writer.is_open:
            source, closed_at = writer.region, None
    return found[::-1]


def _moment(writer: Writer) -> Reading[float]:
    seconds = epoch_seconds(writer.at)
    return Unknown(f"epoch {writer.epoch} was written at no time") if seconds is None else Known(seconds)


def _between(begin: Reading[float], end: Reading[float]) -> Reading[float]:
    if isinstance(begin, Unknown):
        return begin
    if isinstance(end, Unknown):
        return end
    if end.value < begin.value:
        return Unknown("its authors' clocks differ")
    return Known(end.value - begin.value)
