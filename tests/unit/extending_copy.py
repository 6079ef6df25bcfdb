"""Applies the edits of docs/extending.md to a copy of the project."""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "extending.md"

_COPIED = ("client", "contract", "dr_constructs", "emulator", "environments", "fast_synth", "handlers", "operations")
_FILES = ("main.py", "Pipfile.lock")
_TASK = re.compile(r"^## (.+)$", re.MULTILINE)
_DIFF = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^--- (\S+)\n\+\+\+ b/(\S+)\n", re.MULTILINE)


class StaleEditError(Exception):
    """An edit does not fit its file any more; the text names the file and the lines."""


@dataclass(frozen=True)
class Edit:
    """What a task changes in one file."""

    path: str
    is_new: bool
    lines: tuple[str, ...]

    def applied(self, text: str) -> str:
        """Return the file's text with the edit.

        Raises:
            StaleEditError: Lines that it names are not in the file, or more than once.
        """
        for old, new in self._hunks():
            if not self.is_new and text.count(old) != 1:
                raise StaleEditError(f"{self.path} must hold this once, holds it {text.count(old)} times:\n{old}")
            text = new if self.is_new else text.replace(old, new)
        return text

    def _hunks(self) -> Iterator[tuple[str, str]]:
        """Yield what each hunk replaces, and by what; a hunk ends with its last `+` line."""
        hunk: list[str] = []
        for is_added, lines in groupby(self.lines, key=lambda line: line.startswith("+")):
            hunk += lines
            if is_added:
                yield _text(hunk, " -"), _text(hunk, " +")
                hunk = []


def _text(lines: Sequence[str], signs: str) -> str:
    return "".join(f"{line[1:]}\n" for line in lines if line[0] in signs)


def tasks() -> dict[str, list[Edit]]:
    """Return the edits of each task of the document, by its heading."""
    _, *parts = _TASK.split(DOCUMENT.read_text(encoding="utf-8"))
    return {
        name: [edit for diff in _DIFF.findall(body) for edit in _edits(diff)]
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def _edits(diff: str) -> Iterator[Edit]:
    _, *parts = _FILE.split(diff)
    for old, path, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield Edit(path, is_new=old == "/dev/null", lines=tuple(body.splitlines()))


def copy_project(destination: Path) -> None:
    """Copy what synthesizes and what runs."""
    for name in _COPIED:
        shutil.copytree(ROOT / name, destination / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        (destination / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, destination / name)


def apply(edits: Sequence[Edit], copy: Path) -> None:
    """Apply a task's edits.

    Raises:
        StaleEditError: One does not fit, or creates a file that is there.
    """
    for edit in edits:
        target = copy / edit.path
        if edit.is_new and (ROOT / edit.path).exists():
            raise StaleEditError(f"{edit.path} is there already")
        if not edit.is_new and not target.exists():  # tests and documents are not copied as a whole
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / edit.path, target)
        target.write_text(edit.applied("" if edit.is_new else target.read_text(encoding="utf-8")), encoding="utf-8")
