"""The region sets of multi-Region strong consistency: a strongly consistent table lives in three regions of one set.

Two regions hold replicas, the third a witness that serves nothing (FACTS 1.10).
"""

from collections.abc import Iterator

REGION_SETS = (
    ("us-east-1", "us-east-2", "us-west-2"),
    ("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"),
    ("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
)
"""All there are."""


def witness_candidates(primary: object, standby: object) -> tuple[str, ...]:
    """Return the regions that can be the witness of a pair, the default first; none if no set holds the pair."""
    for regions in REGION_SETS:
        if primary in regions and standby in regions:
            return tuple(region for region in regions if region not in (primary, standby))
    return ()


def region_set_problems(primary: str, standby: str, witness: str) -> Iterator[str]:
    """Yield a line if the three regions cannot hold one strongly consistent table."""
    candidates = witness_candidates(primary, standby)
    if not candidates:
        sets = "; ".join(", ".join(regions) for regions in REGION_SETS)
        yield (
            f"`primary_region` and `standby_region` must be in one region set of DynamoDB's multi-Region strong "
            f"consistency ({sets}), got {primary} and {standby}"
        )
    elif witness not in candidates:
        yield f"`witness_region` must be {' or '.join(candidates)}, the rest of the pair's region set, got {witness}"
