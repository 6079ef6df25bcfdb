"""A person who looks at a simulated site again and again, and gives the next command when an outage lasts."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract.roles import Role
from operations.execution.journal import Journals
from operations.execution.move import MoveOutcome
from operations.plans.plan import Purpose
from operations.topology.model import Topology
from operations.topology.read import read_topology
from operations.verdict.judge import judge
from operations.verdict.model import TrafficAlert, TrafficVerdict
from simulation.history import History
from simulation.nemesis.faults import Fault
from simulation.nemesis.schedule import Nemesis, PlannedFault
from simulation.payers import start_payers
from simulation.primitives.network import OUTSIDE
from simulation.release_plane import SUFFIX
from simulation.shipped.seams import simulated
from simulation.terminals.command import DrCommand
from simulation.terminals.command_line import CommandLine
from simulation.terminals.site import SITE
from simulation.terminals.terminal import Terminal
from simulation.world import REGIONS, World

EVERY_SECONDS = 5.0
PATIENCE_SECONDS = 45.0
"""For how long an outage may last before the next command is given."""

_PAYMENTS = 400


@dataclass(frozen=True)
class TimedFault:
    """A fault of a run that is named, not drawn from a seed."""

    build: Callable[[World], Fault]
    begins: float
    ends: float


@dataclass(frozen=True)
class Look:
    """What was said, from the beginning of reading to its end."""

    began: float
    ended: float
    verdict: TrafficVerdict
    topology: Topology


@dataclass
class Watch:
    """A run as the person saw it."""

    history: History
    looks: list[Look] = field(default_factory=list)
    given: list[tuple[float, str, MoveOutcome]] = field(default_factory=list)
    """The commands that were given, and how each ended."""


def watch(
    faults: Sequence[PlannedFault | TimedFault],
    directory: Path,
    *,
    seconds: float = 300.0,
    seed: int = 4711,
    first: CommandLine | None = None,
) -> Watch:
    """Run a world with these faults and a person who watches it; `first` is a command that begins after 60 s."""
    with simulated():
        world = World(seed)
        person = _Person(world, Journals(directory, SUFFIX))
        start_payers(world, payments=_PAYMENTS, moments=lambda draw: draw.uniform(30, seconds))
        Nemesis(world, [each for each in faults if isinstance(each, PlannedFault)]).start()
        for each in faults:
            if isinstance(each, TimedFault):
                _schedule(world, each)
        terminal = person.terminal()
        terminal.process.spawn(lambda: person.work(terminal, seconds), "watch")
        if first is not None:
            world.kernel.at(60.0, person.give, first)
        try:
            world.kernel.run(seconds)
            world.finish()
        finally:
            world.kernel.close()
    return person.watch


def _schedule(world: World, timed: TimedFault) -> None:
    fault = timed.build(world)

    def begin() -> None:
        world.touch(fault.touches, 1)
        fault.begin()

    def end() -> None:
        fault.end()
        world.touch(fault.touches, -1)

    world.kernel.at(timed.begins, begin)
    world.kernel.at(timed.ends, end)


class _Person:
    def __init__(self, world: World, journals: Journals) -> None:
        self._world, self._journals = world, journals
        self._terminals = 0
        self._outage_since: float | None = None
        self.watch = Watch(world.history)

    def terminal(self) -> Terminal:
        self._terminals += 1
        process = self._world.outside(f"person/{self._terminals}", OUTSIDE[0])
        process.clock.offset = 0.0
        process.host = self._world.regions[REGIONS[0]].host(process, {})
        return Terminal(self._world, process, self._world.kernel.random("person", self._terminals))

    def work(self, terminal: Terminal, seconds: float) -> None:
        kernel = self._world.kernel
        surroundings: Any = None  # only sockets would need them
        while kernel.now < seconds - EVERY_SECONDS:
            began = kernel.now
            topology = read_topology(
                SITE, terminal.aws, surroundings, terminal.clock, edge=terminal.edge, asker=terminal.asker
            )
            verdict = judge(topology)
            self.watch.looks.append(Look(began, kernel.now, verdict, topology))
            self._lose_patience(verdict)
            terminal.clock.sleep(EVERY_SECONDS)

    def give(self, line: CommandLine) -> None:
        terminal = self.terminal()
        terminal.process.spawn(lambda: self._run(terminal, line), str(line))

    def _lose_patience(self, verdict: TrafficVerdict) -> None:
        now = self._world.kernel.now
        if verdict.alert is not TrafficAlert.OUTAGE:
            self._outage_since = None
            return
        self._outage_since = self._outage_since or now
        line = command_line(verdict.next.command or "")
        if now - self._outage_since > PATIENCE_SECONDS and line is not None:
            self._outage_since = None
            self.give(line)

    def _run(self, terminal: Terminal, line: CommandLine) -> None:
        began = self._world.kernel.now
        ended = DrCommand(terminal, self._journals, line, "person").run()
        self.watch.given.append((began, str(line), ended.outcome))


def command_line(command: str) -> CommandLine | None:
    """Return the command as the simulation runs it; None if it changes nothing."""
    words = shlex.split(command)
    roles = [role for word in words if (role := SITE.role_of(word)) is not None]
    purposes = {"failover": Purpose.FAILOVER, "start": Purpose.START, "break-glass": Purpose.BREAK_GLASS}
    purpose = next((purposes[word] for word in words if word in purposes), None)
    if purpose is None:
        return None
    to: Role | None = roles[0] if roles else None
    return CommandLine(purpose, to=to, force="--force" in words, asks=False)
