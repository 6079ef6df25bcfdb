"""Calls of one kind come one after the other, whichever log they are for."""

from types import SimpleNamespace
from typing import Any

from contract.environment import Function
from contract.roles import Role
from operations.release.call_pace import CallPace
from operations.release.release_controls import FILTER_SECONDS
from tests.unit.operations.release.world import NEW, NOW, ReleaseWorld


def test_calls_wait_for_their_turn_and_no_longer() -> None:
    waited: list[float] = []
    time: Any = SimpleNamespace(monotonic=lambda: 10.0, pause=waited.append)
    pace = CallPace(0.25, time)
    for _ in range(3):  # as three threads would: none of them has waited yet
        pace.wait()
    assert waited == [0.25, 0.5]
    time.monotonic = lambda: 11.0
    pace.wait()
    assert waited == [0.25, 0.5]


def test_logs_of_a_region_share_a_pace_and_regions_do_not() -> None:
    world = ReleaseWorld()
    controls, asked = world.controls(), []

    def note(operation: str, region: str) -> None:
        if operation == "filter_log_events":
            asked.append((region, world.clock.now))

    world.before_call = note
    for role in Role:
        for function in (Function.PAYMENT_API, Function.TICKER):
            controls.log(role, function, NEW, NOW - 60).look(NOW)  # today's streams, and yesterday's
    for role in Role:
        moments = [at for region, at in asked if region == controls.site.regions[role].name]
        assert len(moments) == 4
        assert moments == [moments[0] + n * FILTER_SECONDS for n in range(4)]
    assert len({region for region, _ in asked}) == 2
    assert len({at for _, at in asked}) == 7  # the second region's first call waited for nobody
