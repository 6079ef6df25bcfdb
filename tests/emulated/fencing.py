"""Setting and clearing the primary's fence as operators do: at the standby, by the functions' own code."""

import time

from emulator.payer import Payer
from handlers.deadlines import FENCE_CACHE_SECONDS
from handlers.payments.fence import Fence, FenceChange, clear_fence, read_fence, set_fence
from tests.emulated.payments import new_payment
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually


def fence_primary(site: Site) -> FenceChange:
    """Forbid the primary to store payments."""
    client = site.aws("dynamodb", STANDBY)
    return set_fence(client, site.table, PRIMARY, reason="test", by="tests", at="2026-01-31T12:00:00.000Z")


def unfence_primary(site: Site, payer: Payer) -> FenceChange:
    """Allow it again, and wait until it does."""
    client = site.aws("dynamodb", STANDBY)
    change = clear_fence(client, site.table, PRIMARY, reason="over", by="tests", at="2026-01-31T12:00:00.000Z")
    await_answer(payer, 201)
    return change


def primary_fence(site: Site, replica: str = STANDBY) -> Fence:
    """Read the primary's fence in a region's replica."""
    return read_fence(site.aws("dynamodb", replica), site.table, PRIMARY)


def await_answer(payer: Payer, status: int, region: str = PRIMARY) -> None:
    """Wait until a region answers every payment with this status, as it must once its fence has settled."""

    def answered() -> None:
        assert payer.post(region, new_payment()).status == status

    eventually(answered)
    time.sleep(FENCE_CACHE_SECONDS)  # another of its execution environments may have read the fence just before
