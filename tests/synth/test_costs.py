"""Every resource that is synthesized has a price, or a reason for none."""

from costs.__main__ import costs
from costs.prices import read_prices
from costs.stack import read_stack
from tests.synth.reading import Synthesized


def test_every_resource_type_is_priced_or_free(shipped: Synthesized) -> None:
    read_prices().require(shipped.json["resource"])


def test_every_priced_resource_type_is_counted(shipped: Synthesized) -> None:
    """Idle, what is paid by existence is paid; busy, everything that the stack has is."""
    stack, table = read_stack(shipped.directory / "cdk.tf.json"), read_prices()
    busy = costs(table, stack, 1000)
    unpaid = {
        name for kind, names in table.resources.items() if kind in stack.types for name in names if not busy[name]
    }
    assert unpaid <= {"dns_query"}  # alias records are answered for nothing


def test_without_a_domain_there_is_no_route_53(shipped: Synthesized) -> None:
    idle = costs(read_prices(), read_stack(shipped.directory / "cdk.tf.json"), 0)
    domain, zone = shipped.settings.domain_name, shipped.settings.hosted_zone_id
    assert bool(idle["health_check"]) == (domain is not None)
    assert bool(idle["hosted_zone"]) == (domain is not None and zone is None)
