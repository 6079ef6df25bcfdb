"""What an invocation has printed, as its worker marks it."""

import io
import os
import queue
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.functions import worker_prelude
from emulator.functions.worker_output import before_mark, up_to_mark
from emulator.functions.worker_prelude import END_OF_OUTPUT

FIRST, SECOND = f"{END_OF_OUTPUT}1", f"{END_OF_OUTPUT}2"


def worker(*lines: str, runtime: str = "python3.13") -> Any:
    printed: queue.Queue[str] = queue.Queue()
    for line in lines:
        printed.put(line)
    return SimpleNamespace(config={"Runtime": runtime}, _stderr_queue=printed)


def unexpected(*_: object, **__: object) -> str:
    raise AssertionError


def test_output_ends_at_the_mark() -> None:
    busy = worker("one", "", "two", FIRST, "of the next invocation", SECOND)
    assert up_to_mark(unexpected)(busy) == "one\n\ntwo"
    assert up_to_mark(unexpected)(busy) == "of the next invocation"


def test_last_line_without_an_end_is_kept() -> None:
    assert up_to_mark(unexpected)(worker(f"half a line{FIRST}")) == "half a line"


def test_silent_invocation_has_no_output() -> None:
    assert up_to_mark(unexpected)(worker(FIRST)) == ""


def test_output_of_a_dead_worker_is_what_is_there() -> None:
    assert up_to_mark(unexpected)(worker("Traceback", "KeyError")) == "Traceback\nKeyError"


def test_workers_of_other_runtimes_set_no_mark() -> None:
    assert up_to_mark(lambda *_, **__: "MiniStack's")(worker("line", runtime="nodejs22.x")) == "MiniStack's"


def test_look_while_it_runs_leaves_the_mark_for_the_end() -> None:
    busy = worker("one")
    assert before_mark(unexpected)(busy) == "one"
    for line in ("two", FIRST):
        busy._stderr_queue.put(line)
    assert before_mark(unexpected)(busy) == "two"
    assert up_to_mark(unexpected)(busy) == ""


def test_late_mark_ends_no_other_invocation() -> None:
    slow = worker("one")
    assert up_to_mark(unexpected)(slow) == "one"  # gives up waiting
    for line in ("late", FIRST, "two", SECOND, "three"):
        slow._stderr_queue.put(line)
    assert up_to_mark(unexpected)(slow) == "late\ntwo"
    assert before_mark(unexpected)(slow) == "three"


def test_look_while_it_runs_drops_a_late_mark() -> None:
    slow = worker()
    up_to_mark(unexpected)(slow)
    for line in ("late", FIRST, "one"):
        slow._stderr_queue.put(line)
    assert before_mark(unexpected)(slow) == "late\none"
    for line in ("two", SECOND):
        slow._stderr_queue.put(line)
    assert up_to_mark(unexpected)(slow) == "two"


def test_worker_marks_every_answer_but_that_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, marks = io.StringIO(), []
    monkeypatch.setattr(sys, "stdout", answers)
    monkeypatch.setattr(os, "write", lambda *written: marks.append((answers.getvalue(), *written)))
    worker_prelude.mark_ends()
    for answer in ("ready\n", "1\n", "2\n"):
        sys.stdout.write(answer)
        sys.stdout.flush()
    assert marks == [("ready\n", 2, f"{FIRST}\n".encode()), ("ready\n1\n", 2, f"{SECOND}\n".encode())]
    assert answers.getvalue() == "ready\n1\n2\n"
