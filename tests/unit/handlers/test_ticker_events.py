"""The events that tickers publish of what they did, and that nothing else depends on whether they arrive."""

import json
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from contract.deadlines import PLANNED_CLOSING_SECONDS
from handlers.writer.changes import Author, close_planned, hold, open_writer
from tests.unit.handlers.fakes import PEER, REGION, SECRET, aws_error
from tests.unit.handlers.pair import REGIONS, Pair
from tests.unit.handlers.payment_function_fakes import open_in

ANN = Author(by="ann", reason="drill", at="2026-01-01T00:00:00.000Z")


def published(pair: Pair, region: str) -> list[str]:
    """Return the kinds of events that a region's ticker published."""
    return [each["DetailType"] for each in pair.regions[region].events.taken]


def details(pair: Pair, region: str) -> list[dict[str, Any]]:
    return [json.loads(each["Detail"]) for each in pair.regions[region].events.taken]


def test_first_writer_is_created_and_opened() -> None:
    pair = Pair(settle=0)
    pair.control.set_writer(None)
    pair.pass_until_stored(REGION, within=30)
    assert (published(pair, REGION), published(pair, PEER)) == (["Writer Created", "Writer Opened"], [])


@pytest.mark.parametrize("lost", REGIONS)
def test_takeover_and_opening_are_told_by_the_region_that_takes_over(lost: str) -> None:
    other = PEER if lost == REGION else REGION
    pair = Pair(open_in(lost))
    pair.regions[lost].lost = True
    pair.pass_until_stored(other, within=60)
    assert published(pair, other) == ["Takeover Begun", "Writer Opened"]
    takeover, opening = details(pair, other)
    assert takeover.keys() == {"version", "environment", "at", "by", "reason", "region", "epoch"}
    assert (takeover["by"], takeover["region"], takeover["environment"]) == (f"ticker {other}", other, "test")
    assert opening["epoch"] == takeover["epoch"] + 1


def test_abandoned_closing_is_told_as_undone() -> None:
    pair = Pair()
    pair.change(partial(close_planned, destination=PEER, author=ANN))
    pair.pass_(PLANNED_CLOSING_SECONDS + 5)
    assert published(pair, REGION) == ["Closing Undone"]


def test_what_an_operator_did_is_not_told_by_tickers() -> None:
    pair = Pair()
    pair.change(partial(hold, author=ANN))
    pair.pass_(5)
    pair.change(partial(open_writer, author=ANN))
    pair.pass_(5)
    assert [published(pair, region) for region in REGIONS] == [[], []]


@pytest.mark.parametrize(
    "error",
    [ConnectTimeoutError(endpoint_url=f"https://{SECRET}.example"), aws_error("AccessDeniedException"), ValueError()],
)
def test_takeover_does_not_depend_on_its_events(error: Exception) -> None:
    def seconds(*, fails: bool) -> float:
        pair = Pair()
        if fails:
            pair.regions[PEER].events.fail("put_events", error)
        pair.regions[REGION].lost = True
        return pair.pass_until_stored(PEER, within=60)

    assert seconds(fails=True) == seconds(fails=False)


def test_event_that_is_refused_is_logged_and_not_sent_again() -> None:
    pair = Pair()
    pair.regions[PEER].events.refuses = True
    pair.regions[REGION].lost = True
    pair.pass_(120)
    lines = [line for line in pair.regions[PEER].logs.lines if line["message"] == "failed: publishing events"]
    assert len(lines) == len(pair.regions[PEER].events.calls) == 2
