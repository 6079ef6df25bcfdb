"""Runs one release and nothing else: steady payers, an operator whom nothing disturbs, perhaps one who is killed."""

from collections.abc import Iterator
from contextlib import contextmanager

from contract.environment import RELEASE_KEY
from simulation.orders import Order, draw_order
from simulation.payers import SimulatedPayer
from simulation.primitives.dns import FAILOVER_NAME
from simulation.primitives.network import OUTSIDE
from simulation.primitives.strong_table import StrongChange
from simulation.release_history import ShippedVersion
from simulation.release_proof import ReleaseProof
from simulation.releases.observing import observe_releases
from simulation.releases.operators import ReleaseOperator
from simulation.releases.versions import KINDS
from simulation.shipped.release_seams import release_seams
from simulation.terminals.release_command import ReleaseVerb
from simulation.world import World

BEGINS_SECONDS = 130.0
"""When somebody releases: tickers run since long enough for whatever is due of them to be asked for."""

_PAYS_BEFORE_SECONDS = 30.0
_PAYS_FOR_SECONDS = 400.0
_RESUMED_AFTER_SECONDS = 2.0
_OPERATOR, _COLLEAGUE = 21, 22
_VERSION = "2"


class SteadyPayer(SimulatedPayer):
    """Sends one request a payment, whatever became of the one before."""

    def pay(self, order: Order) -> None:
        """Pay once, at whatever DNS answers."""
        self.attempt(order, lambda: self._client.pay(order.body()))

    def pays(self, world: World, every: float, first: float) -> None:
        """Begin a payment each so many seconds, until the release has ended."""
        self._client = self.plain_client(f"https://{FAILOVER_NAME}")
        generator = world.kernel.random("steady orders", self.process.name)

        def begin() -> None:
            last = world.history.releases.last
            is_over = last is not None and not last.is_under_way
            if not is_over and world.kernel.now < BEGINS_SECONDS + _PAYS_FOR_SECONDS:
                order = draw_order(generator, world.kernel.now, None)
                self.process.spawn(lambda: self.pay(order))
                world.kernel.after(every, begin)

        world.kernel.at(first, begin)


@contextmanager
def release_proved(world: World, proof: ReleaseProof) -> Iterator[None]:
    """Have a version released, and payers pay, while the run lasts."""
    history = world.history.releases
    kind = KINDS[proof.ships]
    history.shipped = {_VERSION: ShippedVersion(_VERSION, kind.name, kind.is_shown)}
    history.shares, history.bake_seconds = proof.shares, proof.bake_seconds
    observe_releases(world)
    with release_seams(), kind.plant(_VERSION):
        for region in world.regions.values():
            region.releases.publish(_VERSION, proof.functions)
        operator, colleague = (
            ReleaseOperator(world, number, proof.shares, proof.bake_seconds, is_disturbed=False)
            for number in (_OPERATOR, _COLLEAGUE)
        )
        world.kernel.at(BEGINS_SECONDS, operator.run, ReleaseVerb.START)
        if proof.killed_at:
            _kill_at(world, proof, colleague)
        for number, place in enumerate(OUTSIDE):
            every = len(OUTSIDE) / proof.payments_a_second
            first = BEGINS_SECONDS - _PAYS_BEFORE_SECONDS + every * number / len(OUTSIDE)
            SteadyPayer(world, world.outside(f"steady-{number}", place)).pays(world, every, first)
        yield


def _kill_at(world: World, proof: ReleaseProof, colleague: ReleaseOperator) -> None:
    """Kill the driver at a step, a moment after the release's item says that it begins."""
    draw = world.kernel.random("killing")
    killed: list[str] = []

    def changed(change: StrongChange) -> None:
        if change.key != RELEASE_KEY or killed or change.process is None:
            return
        if change.new["step"]["S"].startswith(f"{proof.killed_at}/"):
            killed.append(change.process.name)
            world.kernel.after(draw.uniform(0.0, 3.0), change.process.kill)
            if proof.is_resumed:
                world.kernel.after(3.0 + _RESUMED_AFTER_SECONDS, colleague.run, ReleaseVerb.RESUME)

    world.consensus.observers.append(changed)
