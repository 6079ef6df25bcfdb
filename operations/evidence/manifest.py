"""The manifest of an evidence folder: the SHA-256 of every file, so that a later change shows."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationError

NAME = "manifest.json"


@dataclass(frozen=True)
class Difference:
    """A file that is not as the manifest says."""

    file: str
    how: str


def write_manifest(directory: Path) -> None:
    """Write the digests of all that is in a folder."""
    (directory / NAME).write_text(json.dumps({"sha256": _digests(directory)}, indent=2) + "\n", encoding="utf-8")


def verify(directory: Path) -> list[Difference]:
    """Return what differs from the manifest; nothing if every file is as it was.

    Raises:
        OperationError: There is no manifest, or a file cannot be read.
    """
    try:
        told: dict[str, str] = dict(json.loads((directory / NAME).read_text(encoding="utf-8"))["sha256"])
        found = _digests(directory)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OperationError(f"{directory} must hold a {NAME} of a drill: {error}") from None
    missing = [Difference(file, "is missing") for file in told.keys() - found.keys()]
    added = [Difference(file, "was added") for file in found.keys() - told.keys()]
    changed = [Difference(file, "was changed") for file in told.keys() & found.keys() if told[file] != found[file]]
    return sorted((*missing, *added, *changed), key=lambda each: each.file)


def _digests(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file() and path != directory / NAME)
    return {path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
