"""Runs one seed: builds the world, lets time pass, judges the history."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from simulation.bad_script import run_bad_script
from simulation.checker.all import check
from simulation.checker.invariants import Violation
from simulation.history import History, Seen
from simulation.nemesis.schedule import LAST_SECONDS, Nemesis, PlannedFault
from simulation.operators import operators_at_work
from simulation.payers import start_payers
from simulation.releases.proving import release_proved
from simulation.releases.schedule import draw_releases, releases_at_work
from simulation.shipped.seams import simulated
from simulation.world import World, WorldOptions

FIRST_SEED = 4711
"""Of those that are run unless others are asked for."""

PAYMENTS = 205  # some of them under an id that is taken
LAST_PAYMENT_SECONDS = 1140.0
RUN_SECONDS = 1200.0
"""Twenty simulated minutes."""

_DRAIN_SECONDS = 900.0
"""How much longer a run goes on until nothing is on its way any more."""

_LOOK_SECONDS = 10.0


@dataclass
class SeedResult:
    """What one seed has shown; small enough to be handed from process to process."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[str, str]] = field(default_factory=list)
    """The invariant's name, and the history around the violation."""


def run_seed(
    seed: int, *, planned: list[PlannedFault] | None = None, options: WorldOptions | None = None
) -> SeedResult:
    """Run one seed; the same seed runs the same way again."""
    history = simulate(seed, planned=planned, options=options)
    found = check(history)
    return SeedResult(seed, summary(history), [(each.invariant, each.shown(history)) for each in _first_of_each(found)])


def simulate(
    seed: int,
    *,
    planned: list[PlannedFault] | None = None,
    options: WorldOptions | None = None,
    seconds: float = RUN_SECONDS,
) -> History:
    """Run one seed and return its history, not judged yet.

    Args:
        seed: Decides everything.
        planned: Faults that take the place of those that the seed draws.
        options: What the world is like.
        seconds: When to stop; a shorter run ends in the middle, so that what is left then proves nothing.
    """
    drains = seconds >= RUN_SECONDS
    with simulated():
        world = World(seed, options)
        if options is not None and options.proof is not None:
            Nemesis(world, []).start()
            with release_proved(world, options.proof):
                _pass_time(world, seconds, drains=drains)
            return world.history
        nemesis = Nemesis(world, planned)
        start_payers(
            world,
            payments=PAYMENTS,
            moments=lambda draw: nemesis.moment_of_use(draw, last=LAST_PAYMENT_SECONDS),
        )
        releases = draw_releases(
            world.kernel.random("releases"),
            lambda draw: nemesis.moment_of_use(draw, last=LAST_SECONDS),
            wanted=options.releases if options is not None else None,
        )
        if planned is None:
            nemesis.planned += releases.faults
        nemesis.start()
        if options is not None and options.bad_script:
            run_bad_script(world)
        with (
            releases_at_work(world, releases),
            operators_at_work(world, lambda draw: nemesis.moment_of_use(draw, last=LAST_SECONDS)),
        ):
            _pass_time(world, seconds, drains=drains)
    return world.history


def _pass_time(world: World, seconds: float, *, drains: bool) -> None:
    """Let a run's time pass, and write down what is left at its end."""
    try:
        world.kernel.run(seconds)
        while drains and not world.is_quiet() and world.kernel.now < seconds + _DRAIN_SECONDS:
            world.kernel.run(world.kernel.now + _LOOK_SECONDS)
        world.finish()
    finally:
        world.kernel.close()


def summary(history: History) -> Counter[str]:
    """Return what is counted of a run."""
    counts = Counter(
        {
            "payments": len({(each.id, each.content) for each in history.operations if each.is_write}),
            "operations": len(history.operations),
            "stored": len(history.stores),
            "faults": history.counts["faults"],
            "commands": history.counts["commands"],
            "takeovers": sum(each.kind == "takeover" and each.automatic_changes > 0 for each in history.writer),
            "epochs": len(history.writer),
            "undone closings": sum(
                before.kind == "planned" and after.is_open and after.region == before.region
                for before, after in pairwise(history.writer)
            ),
            "commands done": history.counts["commands done"],
            "commands refused": history.counts["commands refused"],
            "lost races": history.counts["lost races"],
            "glass": len(history.glass),
            "202s": sum(each.seen is Seen.QUEUED for each in history.operations),
            "releases begun": len({each.id for each in history.releases.periods}),
            "releases done": sum(each.state == "done" for each in history.releases.periods),
            "releases undone by dr": _undone(history, "operator"),
            "releases undone by tickers": _undone(history, "ticker"),
            "parked": sum(len(messages) for messages in history.final.dead_letters.values()),
            "simulated seconds": int(history.ended),
        }
    )
    for seen in Seen:
        counts[f"answers {seen}"] = sum(each.seen is seen for each in history.operations)
    return counts


def _undone(history: History, by: str) -> int:
    """Return how many releases one kind of process said were to be undone."""
    return sum(each.state == "undoing" and each.process.startswith(by) for each in history.releases.periods)


def _first_of_each(found: list[Violation]) -> list[Violation]:
    """Return the earliest violation of each invariant: the others follow from it as often as not."""
    first: dict[str, Violation] = {}
    for each in sorted(found, key=lambda violation: violation.at):
        first.setdefault(each.invariant, each)
    return list(first.values())
