"""Time in the emulator: waits can run faster than the real ones, timestamps never do.

The scale can change while the emulator runs. No emulated moment jumps then: those of before stay what they were, and
from the change on they follow one another faster or slower.
"""

import asyncio
import contextlib
import time
from typing import NamedTuple, Protocol


class EmulatorClock(Protocol):
    """What every part of the emulator waits by; tests bring one of their own."""

    @property
    def scale(self) -> float:
        """How many times faster than real time intervals pass; every report names it."""

    def time(self) -> float:
        """Return the real time in seconds since the epoch: what timestamps are made of."""

    def monotonic(self) -> float:
        """Return emulated seconds since some start: what intervals are measured by."""

    def emulated(self, moment: float) -> float:
        """Return the emulated time at a real one, both since the epoch: what periods and schedules are counted by."""

    def real(self, moment: float) -> float:
        """Return the real time at an emulated one, both since the epoch."""

    async def sleep(self, seconds: float) -> None:
        """Wait for emulated seconds."""


class _Stretch(NamedTuple):
    """From a moment on, known as real and as emulated, time passes at a scale."""

    real: float
    emulated: float
    scale: float


class EmulatedTimeline:
    """Real moments and the emulated ones that belong to them; both are the same at its start.

    Reading is safe from any thread while another one changes the scale.
    """

    def __init__(self, start: float, scale: float) -> None:
        self._stretches: tuple[_Stretch, ...] = (_Stretch(start, start, scale),)

    @property
    def scale(self) -> float:
        """How many times faster than real time emulated time passes now."""
        return self._stretches[-1].scale

    def change(self, now: float, scale: float) -> None:
        """Let time pass at another scale from now on."""
        self._stretches = (*self._stretches, _Stretch(now, self.emulated(now), scale))

    def emulated(self, moment: float) -> float:
        """Return the emulated moment at a real one; the first scale holds before the start as well."""
        stretches = self._stretches
        at = next((each for each in reversed(stretches) if each.real <= moment), stretches[0])
        return at.emulated + (moment - at.real) * at.scale

    def real(self, moment: float) -> float:
        """Return the real moment at an emulated one."""
        stretches = self._stretches
        at = next((each for each in reversed(stretches) if each.emulated <= moment), stretches[0])
        return at.real + (moment - at.emulated) / at.scale


class ScaledEmulatorClock:
    """The machine's clock, with its intervals shortened by a factor."""

    def __init__(self, scale: float = 1.0) -> None:
        self._intervals = EmulatedTimeline(time.monotonic(), _checked(scale))
        self.timeline = EmulatedTimeline(time.time(), scale)
        """The wall clock's, which emulated time is dated by."""
        self._changed = asyncio.Event()

    @property
    def scale(self) -> float:
        """How many times faster than real time intervals pass."""
        return self._intervals.scale

    def set_scale(self, scale: float) -> None:
        """Let time pass at another scale from now on, for those who sleep already as well; from the loop's thread."""
        self._intervals.change(time.monotonic(), _checked(scale))
        self.timeline.change(time.time(), scale)
        self._changed.set()
        self._changed = asyncio.Event()

    def time(self) -> float:
        """Return the real time in seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return emulated seconds."""
        return self._intervals.emulated(time.monotonic())

    def emulated(self, moment: float) -> float:
        """Return the emulated time at a real one."""
        return self.timeline.emulated(moment)

    def real(self, moment: float) -> float:
        """Return the real time at an emulated one."""
        return self.timeline.real(moment)

    async def sleep(self, seconds: float) -> None:
        """Wait for emulated seconds."""
        if seconds <= 0:
            await asyncio.sleep(0)  # others get their turn
        due = self.monotonic() + seconds
        while (left := due - self.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left / self.scale):
                    await self._changed.wait()


def _checked(scale: float) -> float:
    if scale <= 0:
        raise ValueError(f"`scale` must be above 0, got {scale}")
    return scale
