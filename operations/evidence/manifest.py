"""The manifest of an evidence folder: the SHA-256 of every file, so that later changes are detected."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationError

NAME = "manifest.json"


@dataclass(frozen=True)
class Difference:
    """A file that differs from the manifest."""

    file: str
    how: str


def write_manifest(directory: Path) -> None:
    """Write the digests of all files in a folder."""
    (directory / NAME).write_text(json.dumps({"sha256": _digests(directory)}, indent=2) + "\n", encoding="utf-8")


def verify(directory: Path) -> list[Difference]:
    """Return the differences from the manifest; none if no file was changed.

    Raises:
        OperationError: There is no manifest, or a file cannot be read.
    """
    try:
        recorded: dict[str, str] = dict(json.loads((directory / NAME).read_text(encoding="utf-8"))["sha256"])
        found = _digests(directory)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OperationError(f"{directory} must hold a {NAME} of a drill: {error}") from None
    missing = [Difference(file, "is missing") for file in recorded.keys() - found.keys()]
    added = [Difference(file, "was added") for file in found.keys() - recorded.keys()]
    changed = [
        Difference(file, "was changed") for file in recorded.keys() & found.keys() if recorded[file] != found[file]
    ]
    return sorted((*missing, *added, *changed), key=lambda each: each.file)


def _digests(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file() and path != directory / NAME)
    return {path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
