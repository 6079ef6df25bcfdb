"""When nothing disturbs what the tickers do, so that it is due."""

from collections.abc import Iterator
from itertools import pairwise

from simulation.checker.availability import START_SECONDS
from simulation.history import History

_PLACES = 3


def is_calm(history: History, began: float, ended: float) -> bool:
    """Return whether all places are well in a span, and one region since so long that its ticker runs."""
    if any(len(well) < _PLACES for well in _wellness(history, began, ended)):
        return False
    before = list(_wellness(history, began - START_SECONDS, ended))
    return began >= START_SECONDS and any(all(region in well for well in before) for region in history.regions)


def _wellness(history: History, began: float, ended: float) -> Iterator[frozenset[str]]:
    """Yield which places are well, from one change to the next, at some moment of a span."""
    for each, until in pairwise([*history.wellness, None]):
        if each is not None and each.at <= ended and (until is None or until.at >= began):
            yield each.well
