"""Threads that do one thing after another, for those who would start a new one each time."""

import threading
from contextvars import ContextVar

import pytest

from emulator.functions import reused_threads
from emulator.functions.reused_threads import ReusedThread, with_reused_threads

_value: ContextVar[str] = ContextVar("value", default="nothing")


@pytest.fixture(autouse=True)
def _none_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reused_threads, "_free", [])


def done(work: list[int]) -> None:
    """Let a thread note which one it is, and wait until it is free again."""
    thread = ReusedThread(target=lambda: work.append(threading.get_ident()), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    while not reused_threads._free:
        threading.Event().wait(0.001)


def test_a_free_thread_is_used_again() -> None:
    seen: list[int] = []
    done(seen)
    done(seen)
    assert len(set(seen)) == 1
    assert seen[0] != threading.get_ident()


def test_work_that_waits_for_other_work_gets_a_thread_for_it() -> None:
    inner = ReusedThread(target=lambda: None)

    def outer_work() -> None:
        inner.start()
        inner.join()

    outer = ReusedThread(target=outer_work)
    outer.start()
    outer.join(10)
    assert not outer.is_alive()


def test_arguments_are_passed() -> None:
    seen: list[tuple[int, int]] = []
    thread = ReusedThread(target=lambda one, *, two: seen.append((one, two)), args=(1,), kwargs={"two": 2})
    thread.start()
    thread.join(10)
    assert seen == [(1, 2)]


def test_a_join_ends_in_time() -> None:
    go = threading.Event()
    thread = ReusedThread(target=go.wait)
    thread.start()
    thread.join(0.01)
    assert thread.is_alive()
    go.set()
    thread.join(10)
    assert not thread.is_alive()


def test_context_of_one_work_is_not_that_of_the_next() -> None:
    seen: list[str] = []

    def work() -> None:
        seen.append(_value.get())
        _value.set("left behind")

    for _ in range(2):
        thread = ReusedThread(target=work)
        thread.start()
        thread.join(10)
    assert seen == ["nothing", "nothing"]


def test_work_that_fails_is_reported_and_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[type[BaseException]] = []
    told = threading.Event()

    def hook(arguments: threading.ExceptHookArgs) -> None:
        reported.append(arguments.exc_type)
        told.set()

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(threading, "excepthook", hook)
    thread = ReusedThread(target=fail)
    thread.start()
    thread.join(10)
    assert told.wait(10)
    assert reported == [ZeroDivisionError]
    assert not reused_threads._free


def test_a_thread_that_waits_too_long_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reused_threads, "_KEPT_SECONDS", 0.01)
    used: list[threading.Thread] = []
    thread = ReusedThread(target=lambda: used.append(threading.current_thread()))
    thread.start()
    thread.join(10)
    used[0].join(10)
    assert not used[0].is_alive()
    assert not reused_threads._free


def test_the_rest_of_the_module_stays() -> None:
    module = with_reused_threads(threading)
    assert module.Thread is ReusedThread
    assert module.Lock is threading.Lock
