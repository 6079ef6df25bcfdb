"""The events that commands publish, and that nothing they do depends on whether these arrive."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract.events import EventType
from operations.announcing import OperatorEvents
from operations.cli.exit_status import DONE
from tests.unit.contract.test_events import DETAIL, SCHEMA
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.cli.test_traffic import Operator
from tests.unit.operations.fakes import FakeAws, refused

REGIONS = ("us-east-1", "us-east-2")


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    return Operator(monkeypatch, tmp_path)


def published(aws: FakeAws, region: str) -> list[dict[str, Any]]:
    """Return what was put on a region's bus."""
    return [
        each
        for service, where, operation, request in aws.calls
        if (service, where, operation) == ("events", region, "put_events")
        for each in request["Entries"]
    ]


def required(kind: str) -> set[str]:
    """Return the members that the documented schema wants of a kind of event."""
    for rule in SCHEMA["allOf"]:
        named = rule["if"]["properties"]["detail-type"]
        if kind in named.get("enum", [named.get("const")]):
            return {*DETAIL["required"], *rule["then"]["properties"]["detail"]["required"]}
    raise AssertionError(kind)


@pytest.mark.parametrize(
    ("command", "region"), [("switchover", "us-east-2"), ("failover", "us-east-2"), ("stop", None)]
)
def test_move_tells_both_regions_that_it_began_and_how_it_ended(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, command: str, region: str | None
) -> None:
    aws = FakeAws(answers={("events", "put_events"): {"FailedEntryCount": 0}})
    opened(monkeypatch, clock=operator.world, aws=aws)
    assert operator.run(command, "--yes", "--reason", "drill") == DONE
    for name in REGIONS:
        begun, ended = published(aws, name)
        assert (begun["DetailType"], ended["DetailType"]) == ("Move Begun", "Move Ended")
        for each in (begun, ended):
            detail = json.loads(each["Detail"])
            assert required(each["DetailType"]) <= set(detail) <= set(DETAIL["properties"])
            assert (detail["purpose"], detail.get("region"), detail["reason"]) == (command, region, "drill")
        assert json.loads(ended["Detail"])["outcome"] == "done"


def test_dry_run_tells_nothing(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws(answers={("events", "put_events"): {}})
    opened(monkeypatch, clock=operator.world, aws=aws)
    assert operator.run("switchover", "--dry-run") == DONE
    assert not published(aws, "us-east-1")


@pytest.mark.parametrize("answers", [{}, {("events", "put_events"): refused("PutEvents")}], ids=["silent", "refused"])
def test_move_is_done_without_its_events(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, answers: dict[tuple[str, ...], Callable[..., Any]]
) -> None:
    opened(monkeypatch, clock=operator.world, aws=FakeAws(answers=answers))
    assert operator.run("failover", "--yes") == DONE


def test_region_that_hangs_does_not_hold_the_command_up(monkeypatch: pytest.MonkeyPatch) -> None:
    forever = threading.Event()
    aws = FakeAws(answers={("events", "us-east-1", "put_events"): lambda **_: forever.wait()})
    monkeypatch.setattr("operations.announcing.WAIT_SECONDS", 0.01)
    events = OperatorEvents(aws, FakeClock(), environment="dev", by="ann", regions=REGIONS)
    events.publish(EventType.MOVE_BEGUN, reason="drill", purpose="stop")
    events.wait()
    assert len(published(aws, "us-east-2")) == 1
    forever.set()
