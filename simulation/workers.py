"""Runs seeds in several interpreters at once."""

import gc
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from simulation.run import SeedResult, run_seed


def results(seeds: Sequence[int], workers: int) -> Iterator[SeedResult]:
    """Yield what each seed shows, as they end."""
    if len(seeds) == 1 or workers == 1:
        yield from map(run_and_collect, seeds)
        return
    # Fresh interpreters: a forked one would share what this one has cached.
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(run_and_collect, seeds, chunksize=2)


def run_and_collect(seed: int) -> SeedResult:
    """Run a seed and collect what it leaves."""
    with collected_afterwards():
        return run_seed(seed)


@contextmanager
def collected_afterwards() -> Iterator[None]:
    """Collect no garbage while a world lives, and all of it in the end.

    What is left then belongs to modules: no other collection visits it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        if was_enabled:
            gc.enable()
