"""Last writer wins: which of two writes to one item counts, decided by when they were written."""

from collections.abc import Hashable
from itertools import count


class LastWriter:
    """Knows the newest write of an item in a replica for as long as an older one may still arrive there.

    Writes are numbered in the order in which they are made, in whatever region: a total order by write time without
    ties. An item that nothing is under way to needs no memory, since whatever comes next is newer than all it has
    seen. So the memory is bounded by the writes under way, deleted items included.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._awaited: dict[Hashable, list[int]] = {}  # by item of a replica: how many are under way, the newest seen

    def __len__(self) -> int:
        return len(self._awaited)

    def number(self) -> int:
        """Return the number of a write that is made now."""
        return next(self._numbers)

    def wrote(self, item: Hashable, number: int) -> None:
        """Take note of a write that was made in the item's own region."""
        awaited = self._awaited.get(item)
        if awaited is not None:
            awaited[1] = number

    def sent(self, item: Hashable) -> None:
        """Take note of a write that is under way to a replica's item."""
        awaited = self._awaited.get(item)
        if awaited is None:
            self._awaited[item] = [1, 0]
        else:
            awaited[0] += 1

    def arrived(self, item: Hashable, number: int) -> bool:
        """Take note of a write that was under way; return whether it is newer than what the item has seen."""
        awaited = self._awaited[item]
        newer = number > awaited[1]
        if newer:
            awaited[1] = number
        awaited[0] -= 1
        if not awaited[0]:
            del self._awaited[item]
        return newer

    def copied(self, item: Hashable, copy: Hashable) -> None:
        """Take note that a new replica's item, to which something is under way, began as another's copy."""
        self._awaited[copy][1] = max(self._awaited[copy][1], self._awaited[item][1])
