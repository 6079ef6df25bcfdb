"""Packages are loaded in a thread; every other request waits for them, and meets what went wrong."""

import threading
from typing import Any

import pytest

from fast_synth.package_loads import load_meanwhile

SECONDS = 5


class Node:
    """What speaks with node: it notes what it is asked, in order, and loads a package once it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_load = threading.Event()

    def load(self, package: str) -> str:
        assert self.may_load.wait(SECONDS)
        if package == "broken":
            raise RuntimeError(package)
        self.asked.append(f"load {package}")
        return "an answer that nobody reads"

    def create(self, what: str, *, times: int = 1) -> str:
        self.asked.append(f"create {what}")
        return what * times


@pytest.fixture
def node() -> Any:
    """A node whose class has been changed; each test changes one of its own."""
    changed = type("Node", (Node,), dict(vars(Node)))
    load_meanwhile(changed)
    return changed()


def test_loading_does_not_wait(node: Any) -> None:
    assert node.load("cdktf") is None
    assert node.asked == []
    node.may_load.set()


def test_what_is_asked_next_comes_after_all_that_was_loaded(node: Any) -> None:
    node.load("constructs")
    node.load("cdktf")
    threading.Timer(0.05, node.may_load.set).start()
    assert node.create("table", times=2) == "tabletable"
    assert node.asked == ["load constructs", "load cdktf", "create table"]


def test_a_package_that_cannot_be_loaded_fails_what_is_asked_next(node: Any) -> None:
    node.may_load.set()
    node.load("broken")
    with pytest.raises(RuntimeError, match="broken"):
        node.create("table")
    assert node.create("queue") == "queue"


def test_of_another_shape_it_stays_as_it_is() -> None:
    class Other:
        def create(self) -> str:
            return "created"

    before = Other.create
    with pytest.raises(AttributeError):
        load_meanwhile(Other)
    assert Other.create is before
