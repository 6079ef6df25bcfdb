"""The writes of one replica, kept so that they can be undone: pure, with the time handed in.

Each write leaves its moment, its key and the item that it replaced, which is the very object that the table held, so
a history holds nothing that was not written while it was kept, and switching it on costs nothing. A write costs some
110 bytes, a replaced item's own size, and a key's text where the item stays.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

HistoryItem = dict[str, Any]
HistoryItems = Mapping[str, Mapping[str, HistoryItem]]
"""Items by partition key and sort key, as the table stores them."""


class UndoEntry(NamedTuple):
    """What a write replaced; None where nothing was."""

    moment: float
    partition: str
    sort: str
    before: HistoryItem | None


class WriteHistory:
    """The writes of one replica since a moment, in seconds since the epoch."""

    def __init__(self, since: float) -> None:
        self.since = since
        self._entries: list[UndoEntry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def wrote(self, moment: float, partition: str, sort: str, before: HistoryItem | None) -> None:
        """Take note of a write; one that the machine's clock dates before its predecessor counts as made with it."""
        if self._entries:
            moment = max(moment, self._entries[-1].moment)
        self._entries.append(UndoEntry(moment, partition, sort, before))

    def forget_before(self, moment: float) -> None:
        """Forget how it was before a moment."""
        del self._entries[: bisect_left(self._entries, moment, key=lambda entry: entry.moment)]

    def items_at(self, moment: float, items: HistoryItems) -> Iterator[tuple[str, str, HistoryItem]]:
        """Yield keys and items as they were at a moment, from those that the table has now."""
        undone: dict[tuple[str, str], HistoryItem | None] = {}
        for entry in reversed(self._entries):
            if entry.moment <= moment:
                break
            undone[entry.partition, entry.sort] = entry.before
        for partition, sorted_items in items.items():
            for sort, item in sorted_items.items():
                before = undone.pop((partition, sort), item)
                if before is not None:
                    yield partition, sort, before
        for (partition, sort), before in undone.items():
            if before is not None:
                yield partition, sort, before
