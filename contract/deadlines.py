"""The time limits that the single writer rests on, stated once: functions keep them, constructs and operations wait.

Standard library only: the constructs import this module too. All of them are real seconds: functions live in real time.
A region stores nothing later than `SETTLE_SECONDS` after the writer item was closed: what it knew was at most
`KNOWLEDGE_VALID_SECONDS` old when an attempt was sent, and an attempt ends within `ATTEMPT_SECONDS`.
"""

KNOWLEDGE_REFRESH_SECONDS = 1
"""Older knowledge of the writer is read again beside the work that it still allows."""

KNOWLEDGE_VALID_SECONDS = 4
"""Older knowledge allows no attempt to store or to queue; it counts from before the read, by the slower clock."""

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2
ATTEMPTS = 2
"""Limits of every AWS call of a function (FACTS 4.6); the defaults are 60 s and 5 attempts."""

MAX_BACKOFF_SECONDS = 1
"""The longest that the SDK's standard retry mode waits before its first (here: only) retry."""

ATTEMPT_SECONDS = CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS
"""The longest that one attempt takes; then its socket is closed with a reset, so that nothing is delivered later
(FACTS 12.2). Slow name resolution and slow TLS handshakes are outside the SDK's time-outs: because of these the age of
the knowledge is looked at again once the connection stands."""

SLACK_SECONDS = 1
"""What a machine may stand still between the check and the send."""

SETTLE_SECONDS = KNOWLEDGE_VALID_SECONDS + ATTEMPT_SECONDS + SLACK_SECONDS
"""How long after it saw the closing epoch an author waits before it opens a region."""

PROBE_CONNECT_TIMEOUT_SECONDS = 0.3
PROBE_READ_TIMEOUT_SECONDS = 0.5
"""Limits of the one attempt to read the writer before a payment, and of `/health`, which answers within 1 s."""

WRITE_DEADLINE_SECONDS = ATTEMPTS * ATTEMPT_SECONDS + (ATTEMPTS - 1) * (MAX_BACKOFF_SECONDS + 1)
"""The longest that one call can take, all attempts together; before another one the writer may be read again."""

MINIMUM_FUNCTION_TIMEOUT_SECONDS = 2 * WRITE_DEADLINE_SECONDS + 1
"""A payment function reads the writer, writes, then queues: cut off earlier, it is killed before it can answer."""

STANDBY_KNOWLEDGE_SECONDS = 15
"""Older knowledge does not decide what `/writer` answers."""

# --- The ticker. ---

TICK_SECONDS = 1
"""How often a ticker reads the writer and both proofs of fitness."""

HEALTH_TIMEOUT_SECONDS = 2
"""How long one question to `/health` may take."""

HEALTH_SECONDS = 2
"""How often a ticker asks its own region's `/health` through the public endpoint."""

HEARTBEAT_SECONDS = 10
"""How often a ticker writes its region's heartbeat into the payments table."""

TICKER_RUN_SECONDS = 150
"""How long one run of a ticker lives; it is started every minute, so that runs overlap."""

RELEASE_UNDO_SECONDS = 1
"""How long a ticker moves aliases and stages in one tick; what it has begun may end later."""

TICKER_LAST_TICK_SECONDS = 33
"""No tick begins with less time left: each of its calls may take as long as it can. A parameter that is not answered
takes 7 s, `/health` 2 s and the payment function itself 3 s, sixteen calls of tables 0.8 s each. What undoes a release
takes 1 s and the move begun last, two calls of 3 s beside one of a table."""

TICKER_TIMEOUT_SECONDS = TICKER_RUN_SECONDS + TICKER_LAST_TICK_SECONDS + 5
"""The ticker function's timeout, a cold start included."""

PROOF_LOOK_SECONDS = 5
"""How often a payment function looks at its region's proof; it raises what has not changed since its last look."""

PROOF_STALE_SECONDS = 15
"""A region whose proof of fitness has not changed for so long is unfit."""

FIT_SECONDS = 10
MAX_FIT_SECONDS = 640
"""A region takes over unattended once it has been fit for `FIT_SECONDS` x 2**n, at most `MAX_FIT_SECONDS`; n is the
number of automatic changes since an operator's last change."""

STEADY_SECONDS = 86400
"""So long a counted steady state takes one automatic change off the count."""

PLANNED_CLOSING_SECONDS = 30
"""How long a planned closing announces to take; the source's ticker undoes what takes longer."""
