"""Commands of `dr` as an operator would run them: processes of their own, whose output is kept."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from operations.checkout import ROOT
from operations.execution.display import REFUSAL
from operations.execution.move import MoveOutcome

_LONGEST_TEXT = 1000
_FAILURES = tuple(f"{outcome}: " for outcome in (MoveOutcome.FAILED, MoveOutcome.OVERTAKEN, MoveOutcome.INTERRUPTED))
"""What the line begins with that says how a move failed; its journal is named after it."""

_ABORT = ("release", "abort")
"""The command that keeps no journal: it ends somebody else's."""


_NO_REASON = ("--reason",)
"""A restore has none: its proposal says what is wrong."""


@dataclass(frozen=True)
class Commands:
    """Starts commands; what they print goes to files in a directory."""

    directory: Path
    options: Sequence[str]
    """What every command is given, options with their values: the environment, its outputs."""
    journals: Path | None = None
    """Where those that keep a journal keep it; None has them keep it where they usually do."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self, arguments: Sequence[str], *, operator: int | None = None) -> tuple[subprocess.Popen[bytes], Path]:
        """Start a command; return it with the file that its messages go to.

        Args:
            arguments: What follows `dr`.
            operator: The number of another operator, who has journals of their own; None is the drill itself.
        """
        self.directory.mkdir(exist_ok=True)
        path = self.directory / f"{next(self.numbers):02}-{arguments[0]}"
        journals = self.journals if operator is None else self.directory / f"journals-{operator}"
        keeps_none = journals is None or tuple(arguments[:2]) == _ABORT
        own = () if keeps_none else ("--journals", str(journals))
        with path.with_suffix(".out").open("wb") as output, path.with_suffix(".err").open("wb") as messages:
            process = subprocess.Popen(  # noqa: S603 — this project's own command
                [sys.executable, "-m", "operations", *arguments, *self._options(arguments), *own],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=messages,
                start_new_session=True,  # Ctrl-C reaches the drill, which then decides
            )
        return process, path.with_suffix(".err")

    def _options(self, arguments: Sequence[str]) -> list[str]:
        """Return the options for every command, but for those that this one has given, or does not take."""
        pairs = zip(self.options[::2], self.options[1::2], strict=True)
        refused = _NO_REASON if arguments[0] == "restore" else ()
        return [text for pair in pairs if pair[0] not in (*arguments, *refused) for text in pair]


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a command and what it started, without any warning."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def had_nothing_to_do(messages: Path) -> bool:
    """Return whether a command ended because somebody else had done already what it was asked for."""
    try:
        told = json.loads(messages.with_suffix(".out").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("outcome") == MoveOutcome.ALREADY


def said_last(messages: Path) -> str:
    """Return why a command ended: every reason when it refused, how it failed, or else what it said last."""
    lines = messages.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
    refusals = [number for number, line in enumerate(lines) if line.startswith(REFUSAL)]
    if refusals:
        said = "; ".join(line.strip() for line in lines[refusals[-1] + 1 :])
    else:
        said = next((line for line in reversed(lines) if line.startswith(_FAILURES)), lines[-1])
    return said[:_LONGEST_TEXT]
