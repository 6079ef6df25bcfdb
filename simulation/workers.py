"""Runs seeds in several interpreters at once."""

import gc
import multiprocessing
from collections.abc import Iterator, Sequence

from simulation.run import SeedResult, run_seed


def results(seeds: Sequence[int], workers: int) -> Iterator[SeedResult]:
    """Yield what each seed shows, as they end."""
    if len(seeds) == 1 or workers == 1:
        yield from map(run_seed, seeds)
        return
    # Fresh interpreters: a forked one would share what this one has cached.
    with multiprocessing.get_context("spawn").Pool(workers, gc.disable) as pool:
        yield from pool.imap_unordered(run_and_collect, seeds, chunksize=2)


def run_and_collect(seed: int) -> SeedResult:
    """Run a seed and collect what it leaves; what is left then belongs to modules: no other collection visits it."""
    try:
        return run_seed(seed)
    finally:
        gc.collect()
        gc.freeze()
