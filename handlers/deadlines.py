"""The time limits that the fence rests on, stated once: functions keep them, constructs and operations wait by them.

Standard library only: the constructs import this module too. A region whose fence has arrived stores nothing later than
`FENCE_SETTLE_SECONDS` after that: the knowledge of the fence was at most `FENCE_CACHE_SECONDS` old when a write began,
and a write ends within `WRITE_DEADLINE_SECONDS`. Whoever drains a region waits that long before believing it.
"""

FENCE_CACHE_SECONDS = 1
"""How old the knowledge of the own fence may be when a write begins, counted from before it was read."""

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2
ATTEMPTS = 2
"""Limits of every AWS call of a function (FACTS 4.6); the defaults are 60 s and 5 attempts."""

MAX_BACKOFF_SECONDS = 1
"""The longest that the SDK's standard retry mode waits before its first (here: only) retry."""

ATTEMPT_SECONDS = CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS
"""The longest that one attempt takes, but for a name that resolves slowly and TLS that shakes hands slowly: because of
these the age of the knowledge is looked at again once the connection stands."""

WRITE_DEADLINE_SECONDS = ATTEMPTS * ATTEMPT_SECONDS + (ATTEMPTS - 1) * MAX_BACKOFF_SECONDS
"""The longest that one write can take, all attempts together."""

FENCE_SETTLE_SECONDS = FENCE_CACHE_SECONDS + WRITE_DEADLINE_SECONDS
"""How long after its fence has arrived a region may still store payments."""

LAST_ATTEMPT_AGE_SECONDS = FENCE_SETTLE_SECONDS - ATTEMPT_SECONDS
"""How old the knowledge of the fence may be when the last attempt of a write is sent; older, and it is not sent."""

PROBE_CONNECT_TIMEOUT_SECONDS = 0.3
PROBE_READ_TIMEOUT_SECONDS = 0.5
"""Limits of the one attempt to read a control item: the fence before a write, `/health` (within 1 s), `/takeover`."""

MINIMUM_FUNCTION_TIMEOUT_SECONDS = 2 * WRITE_DEADLINE_SECONDS + 1
"""A payment function reads the fence, writes, then queues: cut off earlier, it is killed before it can answer."""
