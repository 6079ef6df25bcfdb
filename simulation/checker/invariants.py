"""The registry of invariants, and what one of them finds."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from simulation.history import History

_AROUND_SECONDS = 20.0
_LINES_MOST = 120


@dataclass(frozen=True)
class Violation:
    """One moment at which an invariant does not hold; `about` is a payment's id, or empty."""

    invariant: str
    at: float
    text: str
    about: str = ""

    def shown(self, history: History) -> str:
        """Return the violation with the history around it, for a person."""
        lines = list(history.around(self.at, self.about, seconds=_AROUND_SECONDS))
        if len(lines) > _LINES_MOST:
            half = _LINES_MOST // 2
            lines = [*lines[:half], f"... {len(lines) - 2 * half} lines ...", *lines[-half:]]
        head = f"seed {history.seed}: {self.invariant} at {self.at:.3f}: {self.text}"
        return "\n".join([head, *(f"    {line}" for line in lines)])


Found = Iterator[tuple[float, str, str]]
"""Moments, what is wrong, and which payment it is about."""

Invariant = Callable[[History], Found]

INVARIANTS: dict[str, Invariant] = {}


def invariant(name: str) -> Callable[[Invariant], Invariant]:
    """Register a function of a history under a name."""

    def register(check: Invariant) -> Invariant:
        if name in INVARIANTS:
            raise ValueError(f"there are two invariants {name}")
        INVARIANTS[name] = check
        return check

    return register


def check(history: History, names: Collection[str] | None = None) -> list[Violation]:
    """Return everything that breaks an invariant, or one of those that are named."""
    chosen = INVARIANTS if names is None else {name: INVARIANTS[name] for name in names}
    return [Violation(name, at, text, about) for name, find in chosen.items() for at, text, about in find(history)]
