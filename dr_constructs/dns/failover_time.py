"""How long a failover takes at most, from the settings of health checks and DNS alone."""

RTO_TARGET_SECONDS = 15 * 60
"""What the system promises."""

PROBE_SECONDS = 6
"""How long a checker waits for a probe that nobody answers: 4 s to connect, 2 s for the answer (FACTS 2.1)."""

ALIAS_TTL_SECONDS = 60
"""How long resolvers keep the answer of an alias record, whatever the settings (FACTS 2.12)."""


def failover_bound_seconds(*, interval_seconds: int, failure_threshold: int) -> int:
    """Return the longest time from a region's loss to the first payment of a client that honours TTLs and tries again.

    The loss comes right after a good probe, and the region hangs: the interval runs from the end of one probe to the
    start of the next, and each of those that count against the region takes its longest. A resolver has asked right
    before DNS moves.
    """
    return (interval_seconds + PROBE_SECONDS) * failure_threshold + ALIAS_TTL_SECONDS
