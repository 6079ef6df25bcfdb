"""What runs with releases replace too, threads and time of `dr release` and telemetry, and what those without do."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from handlers.tickers.releases import TickerReleaseWatch
from operations.release import beats, driver, release_controls
from simulation.patching import patched
from simulation.shipped import seams
from simulation.shipped.logged_telemetry import LoggedTelemetry
from simulation.shipped.process_threading import ProcessModuleTime, ProcessThreading


class _NoSignals:
    """Nobody sends a signal to a simulated process: Ctrl-C is noticed in its waits."""

    ignored = staticmethod(nullcontext)


@contextmanager
def release_seams() -> Iterator[None]:
    """Replace them."""
    with (
        patched(beats, threading=ProcessThreading, time=ProcessModuleTime),
        patched(release_controls, time=ProcessModuleTime),
        patched(driver, signals=_NoSignals),
        patched(seams, RecordedTelemetry=LoggedTelemetry),
    ):
        yield


@contextmanager
def no_release_seams() -> Iterator[None]:
    """Spare the tickers their looks at an item that nobody writes: they come last in a tick, and cost a read each."""
    with patched(TickerReleaseWatch, is_due=lambda _: False):
        yield
