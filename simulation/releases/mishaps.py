"""What happens to a `dr release` that runs: it is killed, stands still at the worst moment, or is interrupted."""

import random
from collections.abc import Callable

from simulation.kernel.process import Process
from simulation.terminals.release_command import ReleaseVerb
from simulation.terminals.terminal import Terminal
from simulation.world import REGIONS, World

_COMES_BACK = 0.5
"""How often somebody takes a killed release up again."""

_SHORT_SECONDS = 22.0
"""A standstill for less than tickers wait."""

_JUMP_SECONDS, _JUMP_LASTS = 3600.0, 40.0

_MOVES = (("lambda", "update_alias"), ("apigateway", "update_stage"))


class ReleaseMishaps:
    """Everything that can happen to one command; `run` lets its operator run another one."""

    def __init__(self, world: World, terminal: Terminal, run: Callable[[ReleaseVerb], None]) -> None:
        self._world = world
        self._terminal = terminal
        self._process = terminal.process
        self._run = run
        self._has_stalled = False

    def kill(self, draw: random.Random) -> None:
        """End the process; perhaps the release is taken up again."""
        if self._process.tasks:
            self._world.history.note(f"{self._process} is killed")
            self._process.kill()
            if draw.random() < _COMES_BACK:
                self._world.kernel.after(draw.uniform(1, 60), self._run, ReleaseVerb.RESUME)

    def stall(self, draw: random.Random) -> None:
        """Let the process stand still."""
        lasts = draw.choice((5.0, 20.0, 40.0, 90.0))
        self._world.history.note(f"{self._process} stands still for {lasts:.0f} s")
        self._process.freeze(stops_monotonic=draw.random() < 0.5)  # noqa: PLR2004
        self._world.kernel.after(lasts, self._process.resume)

    def stall_at_move(self, draw: random.Random) -> None:
        """Let it stand still between its look at the item and its next move, for longer than tickers wait."""

        def before_move() -> None:
            if not self._has_stalled:
                self._has_stalled = True
                self._world.history.note(f"{self._process} stands still before a move")
                self._world.kernel.after(0.0, self._process.freeze)
                self._world.kernel.after(draw.uniform(45, 100), self._process.resume)
                self._process.sleep(0.001)

        for region in REGIONS:
            for service, operation in _MOVES:
                self._terminal.aws.client(service, region).guards.append((operation, before_move))

    def stall_while_clocks_jump(self, draw: random.Random) -> None:
        """Let it stand still for less than it takes to be gone, while the wall clocks of a region jump."""
        self._process.freeze()
        self._world.kernel.after(_SHORT_SECONDS, self._process.resume)
        self._world.kernel.after(draw.uniform(8, 15), _jump_clocks, self._world, draw.choice(REGIONS))

    def interrupt(self, _: random.Random) -> None:
        """Press Ctrl-C."""
        self._terminal.clock.is_interrupted = True


def draw_mishap(mishaps: ReleaseMishaps, draw: random.Random) -> Callable[[], None]:
    """Draw what happens."""
    at_move = (mishaps.stall_at_move,) * 3
    happens = draw.choice(
        (mishaps.kill, mishaps.kill, mishaps.stall, *at_move, mishaps.stall_while_clocks_jump, mishaps.interrupt)
    )
    return lambda: happens(draw)


def _jump_clocks(world: World, region: str) -> None:
    """Let the wall clocks of a region's processes jump ahead, and back."""
    pools = world.regions[region].pools.values()
    moved: list[Process] = [environment.process for pool in pools for environment in pool.environments]
    world.touch((region,), 1)
    world.history.note(f"wall clocks in {region} jump by {_JUMP_SECONDS:.0f} s")
    _move_clocks(moved, _JUMP_SECONDS)

    def back() -> None:
        world.touch((region,), -1)
        _move_clocks(moved, -_JUMP_SECONDS)

    world.kernel.after(_JUMP_LASTS, back)


def _move_clocks(processes: list[Process], seconds: float) -> None:
    for process in processes:
        process.clock.offset += seconds
