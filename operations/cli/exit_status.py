"""The exit statuses of commands; `EPILOGUE` shows the same table in the help."""

DONE = 0
FAILED = 1
REFUSED = 2
"""A precondition does not hold, or the command was misused; nothing was changed."""
UNVERIFIED = 3
"""Done, but what it is for was not seen."""
ATTENTION = 4
OUTAGE = 5
INTERRUPTED = 130

EPILOGUE = """\
\b
Exit statuses:
    0  done; `status --exit-code`: all is well
    1  failed, or ended by somebody else's change; `status`: it is unknown who takes payments
    2  refused or misused: nothing was changed
    3  done, but not verified; `status --exit-code`: something is unknown
    4  `status --exit-code`: payments are taken, and something must be repaired
    5  `status --exit-code`: nobody takes payments
  130  cancelled or interrupted

readiness, reconcile and wait have statuses of their own: see their --help.
"""
