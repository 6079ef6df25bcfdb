"""The rules of one strongly consistent table: what each replica may answer, and what it knows.

Pure: who reaches whom and the time are handed in. What is committed is stored by two of the three members at least. A
replica that reaches another member therefore finds among the two of them all that was ever committed, and one that
has been in touch all the time holds it already.
"""

from collections.abc import Callable, Hashable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from emulator.dynamodb.strong_consistency.members import Members

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Reaches = Callable[[str, str], bool]
"""Says whether what one region sends arrives in another; False for a region that is down."""


class ReplicaState(StrEnum):
    """What a replica is able to do."""

    CURRENT = "current"
    """It is in touch with another member, and has all that is committed."""
    ISOLATED = "isolated"
    """It reaches no other member: it has what it had when it was cut off."""
    CATCHING_UP = "catching up"
    """It is in touch again, and still has what it had when it was cut off."""


class UnavailableReplicaError(Exception):
    """A replica cannot serve strong reads and writes now; the message names the region and its state."""


class ConcurrentWriteError(Exception):
    """An item is being written in another region."""


class ReplicaGroup(Generic[Key, Value]):
    """The items of one table in all its replicas.

    Call `look` after every change of who reaches whom, and before each operation: time passes by it alone.

    Args:
        members: The three regions.
        catch_up_seconds: How long a replica that is in touch again takes to catch up; AWS does not say. It takes as
            long when it has missed nothing, since it has to find that out.
    """

    def __init__(self, members: Members, *, catch_up_seconds: float) -> None:
        self.members = members
        self._catch_up_seconds = catch_up_seconds
        self._committed: dict[Key, Value] = {}
        self._missing: dict[str, dict[Key, Value]] = {}  # by replica that is not current: the items that it has
        self._caught_up_at: dict[str, float] = {}  # by replica that catches up
        self._writers: dict[Key, list[str]] = {}  # by item: the regions of the writes under way

    @property
    def committed(self) -> Mapping[Key, Value]:
        """The latest value of every item."""
        return self._committed

    def look(self, reaches: Reaches, now: float) -> tuple[str, ...]:
        """Take note of who reaches whom at a moment; return the replicas that have caught up since the last time."""
        caught_up = []
        for replica in self.members.replicas:
            others = (region for region in self.members.regions if region != replica)
            # An exchange takes both directions: a link that is cut one way carries no answer.
            if not any(reaches(replica, other) and reaches(other, replica) for other in others):
                self._missing.setdefault(replica, dict(self._committed))
                self._caught_up_at.pop(replica, None)
            elif replica in self._missing:
                due = self._caught_up_at.setdefault(replica, now + self._catch_up_seconds)
                if now >= due:
                    del self._missing[replica], self._caught_up_at[replica]
                    caught_up.append(replica)
        return tuple(caught_up)

    def state(self, region: str) -> ReplicaState:
        """Return what the replica of a region is able to do."""
        if region not in self._missing:
            return ReplicaState.CURRENT
        return ReplicaState.CATCHING_UP if region in self._caught_up_at else ReplicaState.ISOLATED

    def check(self, region: str) -> None:
        """Make sure that a replica can serve strong reads and writes.

        Raises:
            UnavailableReplicaError: It cannot.
        """
        state = self.state(region)
        if state is not ReplicaState.CURRENT:
            raise UnavailableReplicaError(f"the replica in {region} is {state}")

    def read(self, region: str, key: Key, *, strongly: bool) -> Value | None:
        """Return an item as a replica sees it, None when there is none.

        Raises:
            UnavailableReplicaError: The read is strongly consistent, and the replica is not current.
        """
        if strongly:
            self.check(region)
        return self._missing.get(region, self._committed).get(key)

    def begin_write(self, region: str, key: Key) -> None:
        """Begin to write an item; `end_write` must follow.

        Raises:
            UnavailableReplicaError: The replica is not current.
            ConcurrentWriteError: The item is being written in another region.
        """
        self.check(region)
        writers = self._writers.get(key, [])
        if any(writer != region for writer in writers):
            raise ConcurrentWriteError(f"{key!r} is being written in {', '.join(sorted(set(writers)))}")
        self._writers.setdefault(key, []).append(region)

    def end_write(self, region: str, key: Key) -> None:
        """End a write that has begun, whether it was committed or not."""
        writers = self._writers[key]
        writers.remove(region)
        if not writers:
            del self._writers[key]

    def commit(self, region: str, key: Key, value: Value | None) -> tuple[str, ...]:
        """Store a written value, None for a deletion; return the other replicas that have it at once.

        Raises:
            UnavailableReplicaError: The replica is not current any more.
        """
        self.check(region)
        if value is None:
            self._committed.pop(key, None)
        else:
            self._committed[key] = value
        return tuple(each for each in self.members.replicas if each != region and each not in self._missing)
