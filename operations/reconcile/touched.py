"""Which payments were touched in a period, in little memory: older logs are searched for them."""

import json
from array import array
from bisect import bisect_left
from hashlib import blake2b


class TouchedIds:
    """A set of ids in eight bytes each; by chance it may hold another one, which the comparison leaves out."""

    def __init__(self) -> None:
        self._hashes = array("Q")

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, id_: str) -> bool:
        sought = _hash(id_)
        at = bisect_left(self._hashes, sought)
        return at < len(self._hashes) and self._hashes[at] == sought

    def add(self, id_: str) -> None:
        """Add an id; `sort` comes after the last."""
        self._hashes.append(_hash(id_))

    def sort(self) -> None:
        """Make ready to be asked."""
        self._hashes = array("Q", sorted(self._hashes))

    def wants(self, line: bytes) -> bool:
        """Return whether a line of the log may belong to one of the payments; one that names none may."""
        try:
            return json.loads(line)["id"] in self
        except (ValueError, KeyError, TypeError, AttributeError):
            return True


def _hash(id_: str) -> int:
    return int.from_bytes(blake2b(id_.encode(), digest_size=8).digest())
