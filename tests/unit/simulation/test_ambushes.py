"""What the nemesis draws: ambushes leave the other faults of a seed where they are."""

from simulation.kernel.loop import Kernel
from simulation.nemesis.ambushes import AMBUSHES
from simulation.nemesis.schedule import LAST_SECONDS, draw_all, draw_plan


def test_ambushes_move_no_other_fault() -> None:
    for seed in range(4711, 4811):
        kernel = Kernel(seed)
        drawn, others = draw_all(kernel), draw_plan(kernel.random("nemesis"))
        ambushes = [each for each in drawn if each.kind in AMBUSHES]
        assert [each for each in drawn if each not in ambushes] == others, seed
        assert len(ambushes) <= 1, seed
        assert all(each.ends <= LAST_SECONDS for each in ambushes), seed
