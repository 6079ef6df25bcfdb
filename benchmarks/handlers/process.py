"""One process that runs a handler, started and asked like an execution environment of Lambda."""

import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.handlers.candidates import Candidate
from contract.environment import Function


class WrongAnswerError(RuntimeError):
    """A handler did not do what it is measured for; the message holds its answer."""


@dataclass(frozen=True)
class Call:
    """One answered event; seconds, and the process's peak memory in MB."""

    wall: float
    cpu: float
    total_cpu: float
    peak_mb: float
    since_start: float


class HandlerProcess:
    """A cold handler; the first call starts it."""

    def __init__(self, candidate: Candidate, environment: dict[str, str]) -> None:
        self._candidate = candidate
        reading, writing = os.pipe()
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [each.format(answers=writing) for each in candidate.command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            pass_fds=[writing],
        )
        os.close(writing)
        self._answers = os.fdopen(reading)

    def call(self) -> Call:
        """Send one event and wait for its answer.

        Raises:
            WrongAnswerError: The answer is not that of an event that was handled.
        """
        said = self._ask()
        if not _is_right(self._candidate.name, said["answer"]):
            raise WrongAnswerError(f"{self._candidate.name} answered {said['answer']}")
        since_start = said["at"] - self._started  # both clocks are the machine's CLOCK_MONOTONIC
        return Call(said["wall"], said["cpu"], said["total_cpu"], self._peak_mb(), since_start)

    def first_answer(self) -> tuple[int, float]:
        """Send the first event; return the status of its answer, whichever it is, and the seconds it took."""
        said = self._ask()
        return said["answer"]["statusCode"], said["wall"]

    def _ask(self) -> dict[str, Any]:
        if self._process.stdin is None:
            raise WrongAnswerError(f"{self._candidate.name} cannot be asked")
        self._process.stdin.write(json.dumps(self._candidate.event()) + "\n")
        self._process.stdin.flush()
        line = self._answers.readline()
        if not line:
            raise WrongAnswerError(f"{self._candidate.name} ended without an answer")
        reported: dict[str, Any] = json.loads(line)
        return reported

    def _peak_mb(self) -> float:
        # Not what getrusage says: that begins with the peak of the process that started this one.
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        peak_kb = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(peak_kb) / 1024

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        self._answers.close()


def _is_right(name: str, answer: Any) -> bool:  # noqa: ANN401 — JSON
    if name in {Function.RETRY_WORKER, Function.TRANSACTION_LOG}:
        return bool(answer == {"batchItemFailures": []})
    return bool(answer["statusCode"] == 201)  # noqa: PLR2004 — the API's word for "stored"
