"""How often something is looked at."""

from operations.clock import Clock


def at_least(seconds: float, *, real: float, clock: Clock) -> float:
    """Return emulated seconds that are no less than so many real ones, however fast the time of an emulator runs."""
    return max(seconds, real * clock.scale)
