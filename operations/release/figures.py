"""What one version of one function did in a period, as its log tells."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from contract.environment import Metric

ANSWERS = {
    "stored": (Metric.PAYMENT_STORED,),
    "replayed": (Metric.PAYMENT_REPLAYED,),
    "queued": (Metric.PAYMENT_QUEUED,),
    "conflicting": (Metric.PAYMENT_CONFLICT,),
    "rejected": (Metric.PAYMENT_REJECTED,),
    "refused": (Metric.PAYMENT_REFUSED,),
}
"""What payers are answered, by the metric that the function counts it with."""

PAYMENT_METRICS = frozenset(metric for metrics in ANSWERS.values() for metric in metrics)


@dataclass(frozen=True)
class VersionFigures:
    """Requests and what became of them."""

    requests: int = 0
    failing: int = 0
    """Requests that ended with an error, a time-out or a killed process, or that logged an error."""
    timed_out: int = 0
    killed: int = 0
    durations: tuple[float, ...] = ()
    """Milliseconds of each payment that found its environment started: the first one of each connects anew."""
    init_durations: tuple[float, ...] = ()
    """Milliseconds that starting an environment took."""
    memory_used: int = 0
    """The most that any request used, in MB."""
    memory_size: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """How often each metric was counted."""
    stored: tuple[str, ...] = ()
    """The transaction ids of the payments that it says to have stored."""
    in_doubt: tuple[str, ...] = ()
    """Those of the payments that it began with and said no outcome of: a process that is killed says none."""

    @property
    def payments(self) -> int:
        """Return how many requests were answered as payments."""
        return sum(self.answers(kind) for kind in ANSWERS)

    def answers(self, kind: str) -> int:
        """Return how many payments were answered in one of the ways of `ANSWERS`."""
        return sum(self.outcomes[metric] for metric in ANSWERS[kind])

    def percentile(self, share: float) -> float | None:
        """Return the duration that so many of all payments stay within, in milliseconds; None without any."""
        return percentile(self.durations, share)

    @property
    def is_at_memory_limit(self) -> bool:
        """Return whether a request used nearly all the memory that the function has."""
        return self.memory_size > 0 and self.memory_used >= AT_LIMIT * self.memory_size


AT_LIMIT = 0.95
"""Lambda kills at the limit; a function in its steady state stays far below it."""


def percentile(of: Sequence[float], share: float) -> float | None:
    """Return the number that so many of all stay within; None without any."""
    if not of:
        return None
    ranked = sorted(of)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]
