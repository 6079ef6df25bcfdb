"""What a run is that shows one release and nothing else."""

from dataclasses import dataclass

from contract.environment import Function
from simulation.release_history import GOOD


@dataclass(frozen=True)
class ReleaseProof:
    """One release of one version, while payers pay steadily and nothing else happens."""

    ships: str = GOOD
    """The kind of version."""
    functions: tuple[Function, ...] = tuple(Function)
    """Those that get a new version."""
    payments_a_second: float = 2.0
    shares: tuple[float, ...] = (0.01, 0.1)
    bake_seconds: float = 30.0
    killed_at: int = 0
    """The step at whose beginning the driver is killed; 0 if it lives."""
    is_resumed: bool = False
    """Whether somebody goes on with it then; tickers undo it otherwise."""
