"""Measures one seed, in a worker."""

import resource
import time
from dataclasses import dataclass

from simulation.workers import run_and_collect

_LOOP_STEPS = 4000
_LOOPS = 3


@dataclass(frozen=True)
class MeasuredSeed:
    """What one seed took, and how much memory its worker has held at most until then."""

    cpu: float  # seconds, with the collection of what it leaves
    loops: tuple[float, ...]  # CPU seconds of the loop, before and after
    peak_mib: float


def measured(seed: int) -> MeasuredSeed:
    """Run a seed and return what it took."""
    before = _loops()
    began = time.process_time()
    run_and_collect(seed)
    cpu = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return MeasuredSeed(cpu, (*before, *_loops()), peak)


def _loops() -> tuple[float, ...]:
    taken = []
    for _ in range(_LOOPS):
        began = time.process_time()
        for number in range(_LOOP_STEPS):
            {"text": str(number)}["text"].startswith("1")
        taken.append(time.process_time() - began)
    return tuple(taken)
