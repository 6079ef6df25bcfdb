"""The ids of payments touched in a period, in little memory, to search older logs for."""

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import md5

HASH_IN_SQL = "md5_number_upper(id)"
"""What DuckDB makes of an id; `hash_id` makes the same. It only has to spread them."""


class TouchedIds:
    """A set of ids in eight bytes each; a false positive is possible, and the comparison drops it.

    Args:
        hashes: Of the ids, in order, each once.
    """

    def __init__(self, hashes: Iterable[int]) -> None:
        self._hashes = array("Q", hashes)

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, id_: str) -> bool:
        sought = hash_id(id_)
        at = bisect_left(self._hashes, sought)
        return at < len(self._hashes) and self._hashes[at] == sought

    def wants(self, line: bytes) -> bool:
        """Return whether a line of the log may belong to one of the payments; True if it names none."""
        try:
            id_ = json.loads(line)["id"]
            return not id_ or not id_.isascii() or id_ in self
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return True


def hash_id(id_: str) -> int:
    """Return 64 bits that stand for an id."""
    return int.from_bytes(md5(id_.encode(), usedforsecurity=False).digest()[:8], "little")
