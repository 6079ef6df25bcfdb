"""MiniStack's CloudWatch taken over for one test, and given back as it was."""

from collections.abc import Iterator

import pytest
from ministack import app
from ministack.services import cloudwatch, sns

from emulator.cloudwatch import alarms
from tests.unit.emulator.alarms.world import World

_TAKEN_OVER = (
    *("_metric_bucket", "_evict_old_metrics", "_evaluate_alarm", "_evaluate_all_alarms"),
    *("_put_metric_alarm", "_put_metric_data", "_dispatch_alarm_actions"),
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[World]:
    """Two regions at the time scale that the test asks for."""
    world = World(getattr(request, "param", 1.0))
    for name in _TAKEN_OVER:
        monkeypatch.setattr(cloudwatch, name, getattr(cloudwatch, name))
    monkeypatch.setattr(sns, "_fanout", world.hear)
    monkeypatch.setattr(app, "AUTH", True)
    monkeypatch.setattr(cloudwatch.time, "time", world.clock.time)
    alarms.install(faults=world.faults)
    yield world
    cloudwatch.reset()
    sns.reset()
