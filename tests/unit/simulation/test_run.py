"""The same seed runs the same way, and a whole run breaks nothing; other runs end once they have shown their point."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from handlers.writer.item import Writer
from simulation.history import History
from simulation.nemesis.schedule import PlannedFault
from simulation.run import run_seed, simulate
from simulation.shipped import seams

QUIET: list[PlannedFault] = []


def digest(history: History) -> str:
    lines = history.around(0, "", seconds=float("inf"))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_the_same_seed_runs_the_same_way() -> None:
    assert digest(simulate(4711, seconds=400)) == digest(simulate(4711, seconds=400))


def test_other_seeds_run_otherwise() -> None:
    assert digest(simulate(1, planned=QUIET, seconds=60)) != digest(simulate(2, planned=QUIET, seconds=60))


def test_a_seed_breaks_nothing_and_counts_what_happened() -> None:
    result = run_seed(4713)
    assert result.violations == []
    assert result.counts["payments"] >= 200
    assert result.counts["faults"] > 0
    assert result.counts["simulated seconds"] >= 1200


def test_faults_may_be_chosen() -> None:
    loss = PlannedFault("primary loss", begins=100, ends=200, seed=1)
    history = simulate(5, planned=[loss], seconds=210)
    texts = [each.text for each in history.happenings]
    assert "FAULT us-east-1 is lost until 200" in texts
    assert any(state.kind == "takeover" and state.region == "us-east-2" for state in history.writer)


def test_writer_item_that_was_read_before_still_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Items are read once each, which is right only while nothing changes one in place."""
    changed: list[object] = []
    seen: set[int] = set()
    remembered = seams._remembered

    def checked(read: Callable[[Any], Writer]) -> Callable[[Any], Writer]:
        known = remembered(read)

        def from_item(item: Any) -> Writer:
            writer = known(item)
            seen.add(id(item))
            if read(item) != writer:
                changed.append(item)
            return writer

        return from_item

    monkeypatch.setattr(seams, "_remembered", checked)
    simulate(4711, seconds=400)
    assert changed == []
    assert len(seen) > 1
