"""The proposal: a file of canonical JSON lines, one a payment, whose SHA-256 is what people agree to."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.errors import OperationError
from operations.restore.findings import RepairAction, RestoreFinding

SAMPLES = 3
"""How many payments of each kind are shown."""


@dataclass
class RestoreSummary:
    """What a comparison found."""

    digest: str = ""
    kinds: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[str]] = field(default_factory=dict)
    """By kind: the first payments' ids, with why."""
    repairs: int = 0
    kept: int = 0
    """How many people must decide."""
    added: int = 0
    """How many were added since, and are in order."""
    payments: dict[str, int] = field(default_factory=dict)
    """By witness."""
    unknown: list[str] = field(default_factory=list)
    """What could not be read."""
    warnings: list[str] = field(default_factory=list)

    def add(self, finding: RestoreFinding) -> None:
        """Count a finding."""
        self.kinds[finding.kind] = self.kinds.get(finding.kind, 0) + 1
        shown = self.samples.setdefault(finding.kind, [])
        if len(shown) < SAMPLES:
            shown.append(f"{finding.transaction_id}: {finding.why}")
        if finding.action is RepairAction.KEEP:
            self.kept += 1
        else:
            self.repairs += 1

    def document(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "digest": self.digest,
            "kinds": self.kinds,
            "samples": self.samples,
            "repairs": self.repairs,
            "kept": self.kept,
            "added": self.added,
            "payments": self.payments,
            "unknown": self.unknown,
            "warnings": self.warnings,
        }


def write_proposal(
    path: Path, head: Mapping[str, Any], findings: Iterable[RestoreFinding | None], summary: RestoreSummary
) -> None:
    """Write a proposal, and count it in the summary; a file is there only when it is whole.

    Raises:
        OperationError: The file cannot be written.
    """
    hashed = hashlib.sha256()
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            for document in _documents(head, findings, summary):
                line = f"{_canonical(document)}\n".encode()
                hashed.update(line)
                file.write(line)
        partial.chmod(0o600)  # it holds payments
        partial.replace(path)
    except OSError as error:
        raise OperationError(f"--journals must be a directory with room, got {path}: {error.strerror}") from None
    summary.digest = hashed.hexdigest()


def read_proposal(path: Path, digest: str) -> Iterator[RestoreFinding]:
    """Yield the findings of a proposal, after its digest was verified.

    Raises:
        OperationError: The file cannot be read, or is not the one that was agreed to.
    """
    try:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise OperationError(f"{path} is not the proposal of this digest: `dr restore plan` makes a new one")
            file.seek(0)
            file.readline()
            for line in file:
                yield RestoreFinding.read(json.loads(line))
    except OSError as error:
        raise OperationError(f"the proposal {path} must be readable: {error.strerror}") from None


def _documents(
    head: Mapping[str, Any], findings: Iterable[RestoreFinding | None], summary: RestoreSummary
) -> Iterator[Mapping[str, Any]]:
    yield head
    for finding in findings:
        if finding is None:
            summary.added += 1
        else:
            summary.add(finding)
            yield finding.document()


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
