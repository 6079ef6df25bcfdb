"""Two buckets that got the same versions in any order keep them in the same order."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.s3.object_versions import place

BUCKETS = ("east", "ohio")


@given(
    written=st.lists(st.tuples(st.sampled_from(BUCKETS), st.integers(0, 5)), max_size=12),
    shuffled=st.randoms(),
)
def test_both_buckets_end_alike(written: list[tuple[str, int]], shuffled: random.Random) -> None:
    """Local versions are appended when they are written, replicas placed whenever they come, in order by source."""
    written = sorted(written, key=lambda each: each[1])
    ends = []
    for bucket in BUCKETS:
        local = [number for number, (origin, _) in enumerate(written) if origin == bucket]
        remote = [number for number, (origin, _) in enumerate(written) if origin != bucket]
        versions: list[dict[str, Any]] = []
        while local or remote:
            # A replica takes more than the millisecond that versions are stamped with; a local version never waits.
            may_come = remote and (not local or written[remote[0]][1] < written[local[0]][1])
            come = remote if may_come and (not local or shuffled.random() < 0.5) else (local or remote)
            number = come.pop(0)
            origin, second = written[number]
            version = {"version_id": number, "last_modified": f"{second:03}", "is_latest": True}
            if origin == bucket:
                for each in versions:
                    each["is_latest"] = False
                versions.append(version)
            else:
                place(versions, {**version, "_origin": origin}, bucket)
        assert [each["is_latest"] for each in versions] == [False] * (len(versions) - 1) + [True] * bool(versions)
        ends.append([each["version_id"] for each in versions])
    assert ends[0] == ends[1]
