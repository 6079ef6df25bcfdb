"""How long DNS clients wait at most, from the settings of health checks and the deadlines of the writer alone."""

from dataclasses import dataclass

from contract.deadlines import PROOF_STALE_SECONDS, STANDBY_KNOWLEDGE_SECONDS, TICK_SECONDS

ANSWER_SECONDS = 2
"""How long a checker waits for the answer of an endpoint that it has reached (FACTS 2.1)."""

PROBE_SECONDS = 4 + ANSWER_SECONDS
"""How long a checker waits for a probe that nobody answers: 4 s more to connect (FACTS 2.1)."""

ALIAS_TTL_SECONDS = 60
"""How long resolvers keep the answer of an alias record, whatever the settings (FACTS 2.12)."""


@dataclass(frozen=True)
class FailoverBounds:
    """The most seconds from a failure to the next payment of a client that honours TTLs and tries again."""

    endpoint_lost: int
    """The primary's endpoint is gone, while it owned the writer."""
    not_owner: int
    """The primary lives but no longer owns the writer, or the standby is gone while it owned the writer."""


def failover_bounds(*, interval_seconds: int, failure_threshold: int) -> FailoverBounds:
    """Return how long a failover takes at most.

    The failure comes right after a good probe: the interval runs from the end of one probe to the start of the next,
    and each of those that count takes its longest. A resolver has asked right before DNS moves. Opening the other
    region takes less than either, so DNS is what the clients wait for.
    """
    # Nothing answers any more, and every probe hangs.
    endpoint_lost = (interval_seconds + PROBE_SECONDS) * failure_threshold
    # First the other region misses a proof of fitness and takes the writer, then its `/writer` knows it; from then on
    # the checkers see it, by an endpoint that lives. What is gone meanwhile turns its own check within the same time.
    known = PROOF_STALE_SECONDS + TICK_SECONDS + STANDBY_KNOWLEDGE_SECONDS
    seen = (interval_seconds + ANSWER_SECONDS) * failure_threshold
    not_owner = max(known + seen, endpoint_lost)
    return FailoverBounds(endpoint_lost + ALIAS_TTL_SECONDS, not_owner + ALIAS_TTL_SECONDS)
