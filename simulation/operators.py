"""Operators who run `dr`'s commands, wanted and wrong ones; who stall, press Ctrl-C, are killed, and come back."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from botocore.exceptions import BotoCoreError, ClientError

from contract.roles import Role
from handlers.writer.item import MalformedWriterError, read_writer
from operations.errors import OperationError
from operations.execution.journal import Journals
from operations.execution.move import Course, MoveOutcome
from operations.plans.plan import Purpose
from simulation.history import CommandEnd
from simulation.kernel.process import Process
from simulation.nemesis.schedule import FIRST_SECONDS, LAST_SECONDS
from simulation.patching import patched
from simulation.primitives.network import OUTSIDE
from simulation.primitives.strong_table import StrongChange
from simulation.region import CONTROL_TABLE
from simulation.release_plane import SUFFIX
from simulation.terminals.command import DrCommand
from simulation.terminals.command_line import CommandLine
from simulation.terminals.terminal import Terminal
from simulation.world import REGIONS, World

_CLOCK_OFFSETS = (-0.3, 0.1, 0.8, -0.2, 0.0, 0.3, 0.5, -20.0)
"""Seconds that wall clocks of operators' machines are ahead."""

_PURPOSES = (
    *(Purpose.SWITCHOVER,) * 9,
    *(Purpose.FAILOVER,) * 3,
    *(Purpose.FAILBACK, Purpose.STOP, Purpose.AUTOMATIC) * 2,
    Purpose.START,
)

_WATCH_SECONDS = 15.0
_FAILURES_BEFORE_GLASS = 2


class SimulatedOperator:
    """One person; every command is a process of its own, and all of them share the person's journals."""

    def __init__(self, world: World, number: int, journals: Path) -> None:
        self.name = f"operator {number}"
        self.world = world
        self.random = world.kernel.random("operator", number)
        self._journals = Journals(journals / str(number), SUFFIX)
        self._place = self.random.choice(OUTSIDE)
        self._commands = 0

    def draw(self) -> CommandLine:
        """Draw a command; it may be a wrong one."""
        draw = self.random
        return CommandLine(
            draw.choice(_PURPOSES),
            to=draw.choice((None, None, None, None, *Role)),
            force=draw.random() < 0.2,  # noqa: PLR2004
            automatic=draw.random() < 0.5,  # noqa: PLR2004
            asks=draw.random() < 0.7,  # noqa: PLR2004
        )

    def start(self, line: CommandLine) -> None:
        """Run a command; perhaps something happens to it meanwhile, and it is taken up again."""
        terminal = self.begin(line)
        mishap, draw = self._draw_mishap(terminal, line), self.random
        if draw.random() < 0.5:  # noqa: PLR2004
            self.world.kernel.after(draw.expovariate(1 / 15), mishap)
        else:
            self._once_it_acts(terminal.process, draw.uniform(0, 12), mishap)

    def begin(self, line: CommandLine) -> Terminal:
        """Run a command to which nothing happens."""
        terminal = self.terminal()
        terminal.process.spawn(lambda: self._run(terminal, line), str(line))
        return terminal

    def _draw_mishap(self, terminal: Terminal, line: CommandLine) -> Callable[[], object]:
        process, draw = terminal.process, self.random
        stops_monotonic, lasts = draw.random() < 0.5, draw.choice((5.0, 30.0, draw.uniform(5, 120)))  # noqa: PLR2004

        def kill() -> None:
            if process.tasks:
                self.world.history.note(f"{process} is killed")
                process.kill()
                self._come_back(line)

        def interrupt() -> None:
            terminal.clock.is_interrupted = True

        def stall() -> None:
            process.freeze(stops_monotonic=stops_monotonic)
            self.world.kernel.after(lasts, process.resume)

        return draw.choice((kill, kill, interrupt, stall, stall, *(lambda: None,) * 3))

    def _once_it_acts(self, process: Process, seconds: float, mishap: Callable[[], object]) -> None:
        """Let something happen so many seconds after the command has changed the writer for the first time."""
        happened = False

        def changed(change: StrongChange) -> None:
            nonlocal happened
            if change.process is process and not happened:
                happened = True
                self.world.kernel.after(seconds, mishap)

        self.world.consensus.observers.append(changed)

    def watch(self, terminal: Terminal) -> None:
        """Break the glass once no region has a quorum, in whichever region comes to mind."""
        failures = 0
        while self.world.kernel.now < LAST_SECONDS:
            terminal.clock.sleep(_WATCH_SECONDS)
            failures = 0 if any(self._has_quorum(terminal, region) for region in REGIONS) else failures + 1
            if failures == _FAILURES_BEFORE_GLASS:
                line = CommandLine(Purpose.BREAK_GLASS, to=self.random.choice(tuple(Role)), asks=False)
                self.start(line)

    def terminal(self) -> Terminal:
        """Return a terminal in a process of its own."""
        self._commands += 1
        process = self.world.outside(f"{self.name}/{self._commands}", self._place)
        process.clock.offset = self.random.choice(_CLOCK_OFFSETS)
        process.host = self.world.regions[REGIONS[0]].host(process, {})
        return Terminal(self.world, process, self.random)

    def _run(self, terminal: Terminal, line: CommandLine) -> None:
        history, process = self.world.history, terminal.process
        history.counts["commands"] += 1
        history.note(f"COMMAND {process}: dr {line}")
        began = history.now()
        try:
            ended = DrCommand(terminal, self._journals, line, self.name).run()
        except (OperationError, KeyboardInterrupt) as error:
            said = str(error).replace(str(self._journals.directory), "the directory")
            history.note(f"{process}: dr {line} ends: {type(error).__name__} {said}")
            self._come_back(line)
            return
        end = CommandEnd(
            process.name, line.purpose, began, history.now(), ended.outcome, ended.planned_epoch, ended.left_epoch
        )
        history.commands.append(end)
        history.counts[f"commands {ended.outcome}"] += 1
        history.note(f"{process}: dr {line} is {ended.outcome} {ended.said}")
        history.counts["lost races"] += ended.is_late or ended.outcome is MoveOutcome.OVERTAKEN
        is_left = ended.outcome in {MoveOutcome.FAILED, MoveOutcome.INTERRUPTED, MoveOutcome.OVERTAKEN}
        if is_left or (line.purpose is Purpose.STOP and ended.outcome is MoveOutcome.DONE):
            self._come_back(line)

    def _come_back(self, line: CommandLine) -> None:
        """Take the command up again, or leave it; who has stopped both regions starts them again."""
        if line.purpose is Purpose.STOP:
            start = CommandLine(Purpose.START, force=True, asks=False)
            self.world.kernel.after(self.random.uniform(5, 90), self.start, start)
            return
        course = self.random.choice((None, Course.RESUME, Course.ROLL_BACK))
        if course is not None and line.course is Course.BEGIN:
            again = replace(line, course=course, asks=False)
            self.world.kernel.after(self.random.choice((2.0, 10.0, self.random.uniform(2, 90))), self.start, again)

    @staticmethod
    def _has_quorum(terminal: Terminal, region: str) -> bool:
        try:
            read_writer(terminal.aws.hurried().client("dynamodb", region), CONTROL_TABLE)
        except (BotoCoreError, ClientError, MalformedWriterError):
            return False
        return True


@contextmanager
def operators_at_work(world: World, moments: Callable[[random.Random], float]) -> Iterator[None]:
    """Let up to three operators run a few commands, in most of the runs; as often as not they act at the same time.

    Journals are files, as ever; only that they reach the disk is not waited for.
    """
    draw, kernel = world.kernel.random("operators"), world.kernel
    with TemporaryDirectory(prefix="simulation-") as directory, patched(os, fsync=lambda _: None):
        operators = [
            SimulatedOperator(world, number, Path(directory)) for number in range(draw.choice((0, 1, 2, 2, 3)))
        ]
        together = [moments(draw), moments(draw)]
        for operator in operators:
            for _ in range(draw.choice((1, 2, 3, 4))):
                alone = draw.random() < 0.5  # noqa: PLR2004
                together_at = draw.choice(together) + draw.expovariate(1 / 8)
                moment = draw.uniform(FIRST_SECONDS, LAST_SECONDS) if alone else together_at
                kernel.at(moment, operator.start, operator.draw())
        called: dict[int, SimulatedOperator] = {}

        def order(number: int, line: CommandLine) -> Process:
            if number not in called:
                called[number] = SimulatedOperator(world, number, Path(directory))
            return called[number].begin(line).process

        world.order = order
        if operators and draw.random() < 0.75:  # noqa: PLR2004
            watcher = operators[0]
            terminal = watcher.terminal()
            terminal.process.spawn(lambda: watcher.watch(terminal), "watch")
        yield
