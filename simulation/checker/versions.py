"""What a history tells of versions: where each runs, and which share of a function's invocations it has."""

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from contract.environment import Function
from simulation.history import History
from simulation.primitives.api_deployments import FIRST_DEPLOYMENT
from simulation.primitives.functions import FIRST_VERSION
from simulation.release_history import ReleasePeriod, TrafficMove

API = "api"


def standing(history: History, region: str, target: str, moment: float) -> TrafficMove:
    """Return what an alias or a stage points at at a moment."""
    first = FIRST_DEPLOYMENT if target == API else FIRST_VERSION
    found = TrafficMove(0.0, region, target, first, "", 0.0, "")
    for move in history.releases.moves:
        if move.at > moment:
            break
        if (move.region, move.target) == (region, target):
            found = move
    return found


def placement(text: str) -> Mapping[str, Mapping[str, str]]:
    """Return what a release's `before` or `after` says, by region and target."""
    document: Mapping[str, Any] = json.loads(text)
    return {region: {**each["functions"], API: each["api"]} for region, each in document.items()}


def releases(history: History) -> Iterator[list[ReleasePeriod]]:
    """Yield each release's periods."""
    by_id: dict[str, list[ReleasePeriod]] = {}
    for period in history.releases.periods:
        by_id.setdefault(period.id, []).append(period)
    yield from by_id.values()


def following(history: History) -> Iterator[tuple[ReleasePeriod, float]]:
    """Yield each period of the release item, and when the next one begins."""
    periods = history.releases.periods
    for period, after in pairwise([*periods, None]):
        if period is not None:
            yield period, after.at if after is not None else history.ended


def is_of(move: TrafficMove, region: str, target: str, began: float, ended: float) -> bool:
    """Return whether a move is one of a region's target between two moments."""
    return move.region == region and move.target == target and began <= move.at <= ended


def moves_of(history: History, region: str, target: str, began: float, ended: float) -> list[TrafficMove]:
    """Return the moves of a region's target between two moments."""
    return [each for each in history.releases.moves if is_of(each, region, target, began, ended)]


def serving_region(history: History, release: ReleasePeriod) -> str | None:
    """Return the region that served when a release began."""
    return next((each.region for each in history.writer if each.epoch == release.epoch), None)


def bad_version_serves(history: History, began: float, ended: float) -> bool:
    """Return whether a version with which something is wrong had a share of payers' requests in a span."""
    if not any(not each.is_good for each in history.releases.shipped.values()):
        return False
    for region in history.regions:
        moves = [each for each in history.releases.moves if each.region == region and each.target == _PAYMENTS]
        if any(_is_bad(history, each) for each in moves if began <= each.at <= ended):
            return True
        if _is_bad(history, standing(history, region, _PAYMENTS, began)):
            return True
    return False


_PAYMENTS = str(Function.PAYMENT_API)


def _is_bad(history: History, move: TrafficMove) -> bool:
    return history.releases.is_bad(move.version) or history.releases.is_bad(move.other)
