"""What the nemesis draws: ambushes leave the other faults of a seed where they are."""

import pytest

from simulation.kernel.loop import Kernel
from simulation.nemesis import schedule
from simulation.nemesis.ambushes import AMBUSHES
from simulation.nemesis.faults import KINDS
from simulation.nemesis.schedule import LAST_SECONDS, draw_all, draw_plan


def test_ambushes_move_no_other_fault() -> None:
    for seed in range(4711, 4811):
        kernel = Kernel(seed)
        drawn, others = draw_all(kernel), draw_plan(kernel.random("nemesis"))
        ambushes = [each for each in drawn if each.kind in AMBUSHES]
        assert [each for each in drawn if each not in ambushes] == others, seed
        assert len(ambushes) <= 1, seed
        assert all(each.ends <= LAST_SECONDS for each in ambushes), seed


def test_order_of_imports_moves_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [draw_plan(Kernel(seed).random("nemesis")) for seed in range(4711, 4731)]
    modules = dict.fromkeys(kind.draw.__module__ for kind in KINDS.values())
    reordered = {
        name: kind for module in reversed(modules) for name, kind in KINDS.items() if kind.draw.__module__ == module
    }
    assert list(reordered) != list(KINDS)
    monkeypatch.setattr(schedule, "KINDS", reordered)
    assert [draw_plan(Kernel(seed).random("nemesis")) for seed in range(4711, 4731)] == drawn
