"""Who releases: runs `dr release`, is killed, stands still, presses Ctrl-C, and comes back."""

from botocore.exceptions import BotoCoreError, ClientError

from operations.errors import OperationError
from operations.release.release_plan import ReleaseWishes
from simulation.primitives.network import OUTSIDE
from simulation.release_history import DriveEnd
from simulation.releases.mishaps import ReleaseMishaps, draw_mishap
from simulation.terminals.release_command import REFUSED, ReleaseCommand, ReleaseResult, ReleaseVerb
from simulation.terminals.terminal import Terminal
from simulation.world import REGIONS, World

_MISHAPS = 0.45
"""How many commands something happens to."""


class ReleaseOperator:
    """One person; every command is a process of its own. Somebody who is not disturbed answers at once, and lives."""

    def __init__(
        self, world: World, number: int, shares: tuple[float, ...], bake_seconds: float, *, is_disturbed: bool = True
    ) -> None:
        self._world = world
        self._is_disturbed = is_disturbed
        self._name = f"operator {number}"
        self._random = world.kernel.random("release operator", number)
        self._place = self._random.choice(OUTSIDE)
        self._wishes = ReleaseWishes(shares=shares, bake_seconds=bake_seconds, versions={})
        self._commands = 0

    def run(self, verb: ReleaseVerb) -> None:
        """Run a command; perhaps something happens to it meanwhile."""
        draw = self._random
        terminal = self._terminal()
        asks = draw.choice((0.0, draw.uniform(2, 60))) if self._is_disturbed else 0.0
        terminal.process.spawn(lambda: self._run(terminal, verb, asks), f"release {verb}")
        if self._is_disturbed and draw.random() < _MISHAPS:
            mishap = draw_mishap(ReleaseMishaps(self._world, terminal, self.run), draw)
            self._world.kernel.after(asks + draw.expovariate(1 / 70), mishap)

    def _terminal(self) -> Terminal:
        self._commands += 1
        process = self._world.outside(f"{self._name}/{self._commands}", self._place)
        process.clock.offset = self._random.uniform(-2, 2)  # `dr` puts its clock right by AWS's answers
        process.host = self._world.regions[REGIONS[0]].host(process, {})
        return Terminal(self._world, process, self._random)

    def _run(self, terminal: Terminal, verb: ReleaseVerb, asks: float) -> None:
        history, process = self._world.history, terminal.process
        history.counts["release commands"] += 1
        history.note(f"COMMAND {process}: dr release {verb}")
        began = history.now()
        command = ReleaseCommand(terminal, self._wishes, self._name)
        try:
            match verb:
                case ReleaseVerb.START:
                    ended = command.start(asks=asks)
                case ReleaseVerb.ABORT:
                    ended = command.abort()
                case ReleaseVerb.RESUME:
                    ended = command.resume()
        except (OperationError, KeyboardInterrupt, BotoCoreError, ClientError) as error:
            ended = ReleaseResult(REFUSED, f"{type(error).__name__}: {error}")
        history.note(f"{process}: dr release {verb} is {ended.outcome} {ended.reason}")
        history.counts[f"release commands {ended.outcome}"] += 1
        end = DriveEnd(
            process.name,
            began,
            history.now(),
            ended.outcome,
            ended.reason,
            ended.release,
            frozenset(ended.stored.transaction_ids),
            bool(ended.stored.unknown),
        )
        history.releases.drives.append(end)
