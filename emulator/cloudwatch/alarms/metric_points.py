# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The datapoints that MiniStack keeps of each metric, in the order of time, so that a window of them is found at once.

MiniStack appends them as they come and reads all of them each time.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, SupportsIndex

from ministack.services import cloudwatch

from emulator.patching import Theirs, wrap

Point = dict[str, Any]

_writing = threading.Lock()  # functions' threads publish, too


class MetricPoints(list[Point]):
    """The points of one metric, oldest first."""

    def append(self, point: Point) -> None:
        """Put a point where its time belongs."""
        with _writing:
            if not self or self[-1]["Timestamp"] <= point["Timestamp"]:
                super().append(point)
            else:
                super().insert(self._position(point["Timestamp"]), point)

    def between(self, start: float, end: float) -> Sequence[Point]:
        """Return the points from `start` up to, not including, `end`."""
        return self[self._position(start) : self._position(end)]

    def drop_before(self, start: float) -> None:
        """Forget the points that are older."""
        with _writing:
            del self[: self._position(start)]

    def _position(self, moment: float) -> SupportsIndex:
        return bisect_left(self, moment, key=lambda point: point["Timestamp"])


def install() -> None:
    """Let MiniStack keep its points this way."""
    wrap(cloudwatch, "_metric_bucket", _in_order)
    wrap(cloudwatch, "_evict_old_metrics", _from_the_front)


def _in_order(_original: Callable[[tuple[str, str, str]], list[Point]]) -> Theirs:
    def bucket(key: tuple[str, str, str]) -> list[Point]:
        found: list[Point] | None = cloudwatch._metrics.get(key)
        return cloudwatch._metrics.setdefault(key, MetricPoints()) if found is None else found

    return bucket


def _from_the_front(_original: Callable[[], None]) -> Theirs:
    def evict() -> None:
        oldest = time.time() - cloudwatch.TWO_WEEKS_SECONDS
        for key, points in cloudwatch._metrics.items():
            if points and points[0]["Timestamp"] < oldest:
                points.drop_before(oldest)
                if not points:
                    del cloudwatch._metrics[key]

    return evict
