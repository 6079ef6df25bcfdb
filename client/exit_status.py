"""How `client`'s commands end: a status, and one line for people."""

import sys

DONE, FAILED, MISUSED = 0, 1, 2


class ClientUsageError(Exception):
    """The command was misused; the message names option, rule and value."""


def end(text: str, status: int) -> int:
    """Write one line for people, and return the status."""
    print(f"client: {' '.join(text.split())}", file=sys.stderr)
    return status
