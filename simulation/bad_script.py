"""A script with an administrator's rights that changes and removes payments in either region, whatever else happens."""

from decimal import Decimal

from simulation.kernel.process import Process
from simulation.primitives.network import OUTSIDE
from simulation.primitives.tables import Replica
from simulation.world import World

_TIMES = 20
_FIRST_SECONDS, _LAST_SECONDS = 100.0, 1100.0
_PAYMENTS_EACH = 3
_PREFIX = "payment#"


def run_bad_script(world: World) -> None:
    """Have the script run again and again, at moments, in regions and on payments that the seed decides."""
    draw = world.kernel.random("bad script")
    process = world.outside("bad script", OUTSIDE[0])

    def run() -> None:
        replica = world.table.replicas[draw.choice(sorted(world.table.replicas))]
        keys = sorted(key for key, version in replica.items.items() if key.startswith(_PREFIX) and version.item)
        for key in draw.sample(keys, min(_PAYMENTS_EACH, len(keys))):
            _damage(replica, key, process, removes=draw.random() < 0.5)  # noqa: PLR2004 -- half of them

    for _ in range(_TIMES):
        world.kernel.at(draw.uniform(_FIRST_SECONDS, _LAST_SECONDS), run)


def _damage(replica: Replica, key: str, process: Process, *, removes: bool) -> None:
    replica.asking = process
    item = replica.item(key)
    if removes or item is None:
        replica.do_delete_item({"Key": {"pk": {"S": key}}})
    else:
        amount = str(Decimal(item["amount"]["N"]) + 1)
        replica.do_put_item({"Item": {**item, "amount": {"N": amount}}})
