"""Adds up what seeds have shown, and says whether that is enough: idle seeds prove nothing."""

from collections import Counter
from dataclasses import dataclass, field

from simulation.run import SeedResult

MINIMUMS_FOR_100_SEEDS = {
    "takeovers": 50,
    "undone closings": 4,
    "commands done": 60,
    "glass": 1,
    "lost races": 25,
    "202s": 100,
    "parked": 25,
    "releases begun": 4,
    "releases undone by dr": 1,
}
"""What a hundred seeds show at least: of a thousand hundreds not one shows less by chance. Fewer are not judged."""

_JUDGED_FROM_SEEDS = 100
_SHOWN_MOST = 5


@dataclass
class SimulationReport:
    """The sum of all seeds."""

    counts: Counter[str] = field(default_factory=Counter)
    seeds: int = 0
    violations: list[tuple[int, str, str]] = field(default_factory=list)
    """Seed, invariant, and the history around it."""

    def add(self, result: SeedResult) -> None:
        """Take in one seed."""
        self.seeds += 1
        self.counts.update(result.counts)
        self.violations += [(result.seed, name, shown) for name, shown in result.violations]

    def shortfalls(self) -> list[str]:
        """Return what the seeds show too little of."""
        if self.seeds < _JUDGED_FROM_SEEDS:
            return []
        return [
            f"{self.counts[name]} {name}, at least {minimum * self.seeds // 100} expected"
            for name, minimum in MINIMUMS_FOR_100_SEEDS.items()
            if self.counts[name] < minimum * self.seeds // 100
        ]

    @property
    def is_good(self) -> bool:
        """Whether no invariant is broken, and enough has happened."""
        return not self.violations and not self.shortfalls()

    def lines(self) -> list[str]:
        """Return what is printed; the last line says it all."""
        lines: list[str] = []
        for _, _, shown in sorted(self.violations)[:_SHOWN_MOST]:
            lines += [shown, ""]
        if self.violations:
            by_name = Counter(name for _, name, _ in self.violations)
            lines += [f"{number:6} seeds break: {name}" for name, number in by_name.most_common()]
            seeds = sorted({seed for seed, _, _ in self.violations})
            lines.append(f"replay one with SEED={seeds[0]}; all of them: {', '.join(map(str, seeds[:20]))}")
        lines.append(", ".join(f"{number} {name}" for name, number in sorted(self.counts.items()) if number))
        lines += [f"too little: {each}" for each in self.shortfalls()]
        totals = " ".join(f"{name} {self.counts[name]}," for name in ("payments", "faults", "commands"))
        lines.append(f"seeds {self.seeds}, {totals} violations {len(self.violations)}")
        return lines
