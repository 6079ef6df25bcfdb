"""Accepted findings: a file of their digests, each with the payment, the reason, the person and the time."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.errors import OperationError, UsageError
from operations.reconcile.audit import finished_lines, verify

ACCEPTED = "accepted"
"""The file, beside an environment's journals, that holds what was accepted unless another one is named."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHORTEST = 8


@dataclass(frozen=True)
class Acceptance:
    """The acceptance of a finding by a person."""

    finding: Mapping[str, Any]
    """As the audit trail holds it."""
    reason: str
    by: str
    at: str

    def line(self) -> str:
        """Return its line of the file."""
        note = " ".join(f"{self.finding['transactionId']}: {self.reason}; {self.by}, {self.at}".split())
        return f"{self.finding['digest']}  # {note}\n"


def latest_findings(trail: Path) -> list[dict[str, Any]]:
    """Return the findings of the last comparison in an audit trail.

    Raises:
        OperationError: The trail cannot be read, or was changed.
    """
    try:
        lines = finished_lines(trail.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", error)
        raise UsageError(f"--audit must be a readable audit trail, got {trail}: {why}") from None
    verify(lines)
    findings: list[dict[str, Any]] = []
    for noted in map(json.loads, lines):
        if noted["event"] == "started":
            findings = []
        elif noted["event"] == "seen":
            findings.append(noted["finding"])
    return findings


def select(findings: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    """Return the finding of a payment, or the one whose digest has this prefix.

    Raises:
        UsageError: There is none, or more than one.
    """
    found = {
        each["digest"]: each
        for each in findings
        if wanted == each["transactionId"] or (len(wanted) >= _SHORTEST and each["digest"].startswith(wanted))
    }
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        digests = ", ".join(digest[:_SHORTEST] for digest in found)
        raise UsageError(f"FINDING must name one finding; {wanted} has {len(found)}, whose digests begin {digests}")
    raise UsageError(
        f"FINDING must be the payment's id, or at least {_SHORTEST} digits of the digest, of one of the"
        f" {len(findings)} findings; got {wanted}"
    )


def append(path: Path, judgement: Acceptance) -> None:
    """Append an acceptance to the file.

    Raises:
        OperationError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            if file.tell() and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n":
                file.write(b"\n")  # an editor left no newline at the end
            file.write(judgement.line().encode())
    except OSError as error:
        raise OperationError(f"--accepted must be a writable file, got {path}: {error.strerror}") from None


def read_accepted(path: Path | None, default: Path | None = None) -> frozenset[str]:
    """Return the digests in the named file, or in the default file, which may be missing.

    Raises:
        UsageError: The file cannot be read, or is malformed.
    """
    chosen = path or default
    if chosen is None:
        return frozenset()
    try:
        lines = [line.partition("#")[0].strip() for line in chosen.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        if path is None and isinstance(error, FileNotFoundError | NotADirectoryError):
            return frozenset()
        why = getattr(error, "strerror", error)
        raise UsageError(f"--accepted must be a readable file of text, got {chosen}: {why}") from None
    digests = [line for line in lines if line]
    for digest in digests:
        if _DIGEST.fullmatch(digest) is None:
            raise UsageError(f"--accepted must hold digests of 64 hexadecimal digits, got {digest} in {chosen}")
    return frozenset(digests)
