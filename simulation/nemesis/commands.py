"""What the nemesis has operators do, and the moments of their commands for which it waits."""

from collections.abc import Callable

from contract.environment import WRITER_KEY
from contract.roles import Role
from operations.plans.plan import Purpose
from simulation.kernel.process import Process
from simulation.primitives.strong_table import StrongChange
from simulation.terminals.command_line import CommandLine
from simulation.world import PRIMARY, World


def owner(world: World) -> str:
    """Return the region that owns the writer now."""
    return world.history.writer[-1].region if world.history.writer else PRIMARY


def order(
    world: World, operator: int, purpose: Purpose, *, to: Role | None = None, automatic: bool = True
) -> Process | None:
    """Have an operator run a command at once; return its process, or None if there are no operators at all."""
    line = CommandLine(purpose, to=to, force=purpose is Purpose.FAILOVER, automatic=automatic, asks=False)
    return world.order(operator, line)


def once_it_is_planned(world: World, process: Process | None, do: Callable[[Process], object]) -> None:
    """Do something with a command's process when its plan is made, before its first change."""
    is_done = False

    def moves(by: Process | None) -> None:
        nonlocal is_done
        if by is not None and by is process and not is_done:
            is_done = True
            do(by)

    world.on_move.append(moves)


def once_it_changes(world: World, process: Process, do: Callable[[], object]) -> None:
    """Do something with the first change of the writer that a process makes."""
    is_done = False

    def changed(change: StrongChange) -> None:
        nonlocal is_done
        if change.process is process and change.key == WRITER_KEY and not is_done:
            is_done = True
            do()

    world.consensus.observers.append(changed)
