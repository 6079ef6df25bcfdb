"""Finds the smallest schedule of faults with which a seed still breaks the same invariant."""

from collections.abc import Callable, Iterator, Sequence

from simulation.checker.all import check
from simulation.history import History
from simulation.kernel.loop import Kernel
from simulation.nemesis.schedule import PlannedFault, draw_all
from simulation.run import simulate
from simulation.world import WorldOptions


def shrunk(planned: Sequence[PlannedFault], fails: Callable[[list[PlannedFault]], bool]) -> list[PlannedFault]:
    """Return a schedule that still fails and of which no single fault can be left out; halves are tried first."""
    left, size = list(planned), max(1, len(planned) // 2)
    while left:
        shorter = next((rest for rest in _without_parts(left, size) if fails(rest)), None)
        if shorter is not None:
            left, size = shorter, max(1, min(size, len(shorter) // 2))
        elif size == 1:
            break
        else:
            size //= 2
    return left


def _without_parts(planned: list[PlannedFault], size: int) -> Iterator[list[PlannedFault]]:
    for start in range(0, len(planned), size):
        yield planned[:start] + planned[start + size :]


def shrink_seed(
    seed: int, invariant: str, *, options: WorldOptions | None = None
) -> tuple[list[PlannedFault], History]:
    """Return the smallest schedule with which a seed breaks an invariant, and the history of that run."""
    histories: dict[int, History] = {}

    def fails(planned: list[PlannedFault]) -> bool:
        history = simulate(seed, planned=planned, options=options)
        if not check(history, [invariant]):
            return False
        histories[len(planned)] = history
        return True

    planned = draw_all(Kernel(seed))
    if not fails(planned):
        raise ValueError(f"seed {seed} does not break {invariant!r}")
    smallest = shrunk(planned, fails)
    return smallest, histories[len(smallest)]


def shrunk_lines(seed: int, invariant: str, *, options: WorldOptions | None = None) -> Iterator[str]:
    """Yield what a person reads: the faults that are needed, and the history around the first violation."""
    planned, history = shrink_seed(seed, invariant, options=options)
    yield f"seed {seed} breaks {invariant!r} with {len(planned)} faults:"
    for each in history.happenings:
        if each.text.startswith("FAULT "):
            yield f"    {each.at:10.3f}  {each.text}"
    first = min(check(history, [invariant]), key=lambda violation: violation.at)
    yield first.shown(history)
