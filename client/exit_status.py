"""The exit statuses of the client's commands."""

import sys

DONE, FAILED, MISUSED = 0, 1, 2


class ClientUsageError(Exception):
    """The command was misused; the message names option, rule and value."""


def end(text: str, status: int) -> int:
    """Write one line to standard error and return the status."""
    print(f"client: {' '.join(text.split())}", file=sys.stderr)
    return status
