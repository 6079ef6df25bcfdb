"""Which regions can hold a strongly consistent global table together (FACTS 1.10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

REGION_SETS: Final = (
    frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    frozenset({"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}),
    frozenset({"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"}),
)
"""Each such table lives within one set."""

_MEMBERS: Final = 3


class UnsupportedMembersError(ValueError):
    """These regions cannot hold a table together; the message is one line that says why."""


@dataclass(frozen=True)
class Members:
    """Three replicas, or two replicas and a witness, which stores what it takes for a quorum and serves nothing.

    Raises:
        UnsupportedMembersError: They are not three different regions of one set, or more than one is a witness.
    """

    replicas: tuple[str, ...]
    witness: str | None = None

    def __post_init__(self) -> None:
        regions = self.regions
        if len(regions) != _MEMBERS or len(set(regions)) != _MEMBERS:
            raise UnsupportedMembersError(
                "a table with multi-Region strong consistency has three replicas, or two replicas and a witness, "
                f"in three different Regions, got {', '.join(regions)}"
            )
        if not any(members.issuperset(regions) for members in REGION_SETS):
            sets = "; ".join(", ".join(sorted(members)) for members in REGION_SETS)
            raise UnsupportedMembersError(
                "the Regions of a table with multi-Region strong consistency must be of one set, "
                f"got {', '.join(regions)}; the sets are {sets}"
            )

    @property
    def regions(self) -> tuple[str, ...]:
        """All three regions, the witness's last."""
        return self.replicas if self.witness is None else (*self.replicas, self.witness)


def members_of(replicas: Sequence[str], witnesses: Sequence[str]) -> Members:
    """Return the members that a request names.

    Raises:
        UnsupportedMembersError: They cannot hold a table together.
    """
    if len(witnesses) > 1:
        raise UnsupportedMembersError(f"there is one witness at most, got {', '.join(witnesses)}")
    return Members(tuple(replicas), next(iter(witnesses), None))
