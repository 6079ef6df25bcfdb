"""How long a write takes from one region to another when nothing holds it up."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Lag:
    """A distribution of lags, in emulated seconds: even between mean - spread and mean + spread."""

    mean_seconds: float = 0.75
    spread_seconds: float = 0.25
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.spread_seconds <= self.mean_seconds:
            raise ValueError(
                "`spread_seconds` must be between 0 and `mean_seconds`, "
                f"got {self.spread_seconds:g} with a mean of {self.mean_seconds:g}"
            )

    def draws(self, *link: str) -> Callable[[], float]:
        """Return what draws the lags of one link: the same ones for the same seed, whatever other links carry."""
        generator = random.Random("/".join((str(self.seed), *link)))  # noqa: S311 — repeatable, no secret
        shortest, longest = self.mean_seconds - self.spread_seconds, self.mean_seconds + self.spread_seconds
        return lambda: generator.uniform(shortest, longest)


DEFAULT_LAG = Lag()
"""Half a second to a second: what AWS's own replication shows between regions of a continent on a good day."""
