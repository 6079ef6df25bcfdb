"""Verifies lines of the transaction log, and keeps what a restore needs beyond a payment: when it was changed."""

import json

from operations.reconcile.log_lines import verify_line

_KEPT = ("changedAt", "requestId")


def verify_with_change(line: bytes) -> bytes:
    """Return the verified line and what it says beside its content: when it was changed, and by which request."""
    verified = verify_line(line)
    if verified == line:
        return line
    kept = json.loads(verified)
    if "malformed" in kept:
        return verified
    stated = json.loads(line)
    beside = {name: stated[name] for name in _KEPT if isinstance(stated.get(name), str)}
    return json.dumps({**kept, **beside}).encode()
