"""How often a failing function is given a stream's batch again, in which parts, and when it is given up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import lambda_svc

from emulator.functions.event_sources import StreamBatches

ARN = "arn:aws:dynamodb:us-east-2:000000000000:table/payments/stream/2026-01-31T12:00:00.000"
FUNCTION = {"config": {"FunctionName": "log"}}


class Stream:
    """A stream, a poller that offers its batches as MiniStack's does, and a function that fails on some records."""

    def __init__(self, size: int, poison: Callable[[int], bool]) -> None:
        self.records = list(range(1, size + 1))
        self.poison = poison
        self.throttled = 0
        self.given: list[list[int]] = []
        self.done: list[int] = []
        self.given_up: list[list[int]] = []
        self.last_announced: list[int] = []
        self._position = 0
        batches = StreamBatches(lambda _, last: self.last_announced.append(number(last)))
        self._execute = batches.around(self._function)

    def poll(self) -> bool:
        """Offer what has not been done with once; return whether there is more to do."""
        batch = self.records[self._position :]
        if not self._execute(FUNCTION, {"Records": [record(each) for each in batch]})["error"]:
            self._position += len(batch)
        return self._position < len(self.records)

    def drain(self) -> None:
        """Poll until everything is done with."""
        for _ in range(1000):
            if not self.poll():
                return
        raise AssertionError("it is never done with")

    def _function(self, _: Any, event: dict[str, Any]) -> dict[str, Any]:
        if self.throttled:
            self.throttled -= 1
            return {"error": True, "throttle": True}
        batch = [number(each) for each in event["Records"]]
        self.given.append(batch)
        if any(map(self.poison, batch)):
            return {"error": True}
        self.done += batch
        return {"error": False}

    def give_up(self, _mapping: Any, _function: Any, batch: list[dict[str, Any]], *why: Any) -> None:
        self.given_up.append([number(each) for each in batch])
        assert why[-1] == "RetryAttemptsExhausted"


def record(sequence: int) -> dict[str, Any]:
    return {"eventSourceARN": ARN, "dynamodb": {"SequenceNumber": str(sequence)}}


def number(record: dict[str, Any]) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


@contextmanager
def stream(size: int, *, poison: Callable[[int], bool] = lambda _: False, **mapping: Any) -> Iterator[Stream]:
    """Make a stream whose mapping has these settings."""
    made = Stream(size, poison)
    stored = {"UUID": "1", "FunctionName": "log", "EventSourceArn": ARN, **mapping}
    with (
        patch.object(lambda_svc, "_esms", {"1": stored}),
        patch.object(lambda_svc, "_send_ddb_stream_failure_record", made.give_up),
    ):
        yield made


def test_what_works_is_given_once() -> None:
    with stream(3) as working:
        working.drain()
        assert (working.given, working.last_announced) == ([[1, 2, 3]], [3])


def test_without_splitting_a_batch_is_given_up_as_a_whole() -> None:
    with stream(3, poison=lambda each: each == 2, MaximumRetryAttempts=2) as failing:
        failing.drain()
        assert failing.given == [[1, 2, 3]] * 3
        assert (failing.done, failing.given_up) == ([], [[1, 2, 3]])


def test_without_a_limit_it_is_tried_for_ever() -> None:
    with stream(1, poison=lambda _: True, MaximumRetryAttempts=-1) as failing:
        assert all(failing.poll() for _ in range(100))
        assert not failing.given_up


class TestSplitting:
    """BisectBatchOnFunctionError."""

    def test_the_poison_is_closed_in_on(self) -> None:
        with stream(4, poison=lambda each: each == 3, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1) as split:
            split.drain()
            assert split.given == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]]
            assert (split.done, split.given_up) == ([1, 2, 4], [[3]])

    def test_there_is_a_pause_after_every_failure(self) -> None:
        with stream(4, poison=lambda each: each == 3, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1) as split:
            seen = []
            while split.poll():
                seen.append(len(split.given))
            assert seen == [1, 3, 4]  # then [3] for the last time, and [4]

    def test_records_that_come_meanwhile_are_not_lost(self) -> None:
        with stream(2, poison=lambda each: each == 1, BisectBatchOnFunctionError=True, MaximumRetryAttempts=0) as split:
            split.poll()
            split.records += [3, 4]
            split.drain()
            assert (split.done, split.given_up) == ([2, 3, 4], [[1]])

    @given(size=st.integers(1, 40), poison=st.sets(st.integers(1, 40)), retries=st.integers(0, 3), splits=st.booleans())
    def test_every_record_is_done_or_given_up_once(
        self, *, size: int, poison: set[int], retries: int, splits: bool
    ) -> None:
        settings = {"BisectBatchOnFunctionError": splits, "MaximumRetryAttempts": retries}
        with stream(size, poison=poison.__contains__, **settings) as mixed:
            mixed.drain()
            given_up = [each for batch in mixed.given_up for each in batch]
            assert sorted(mixed.done + given_up) == mixed.records
            assert mixed.done == sorted(mixed.done)
            if splits:
                assert set(given_up) == poison & set(mixed.records)


def test_a_throttled_batch_did_not_fail() -> None:
    with stream(2, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True) as throttled:
        throttled.throttled = 10
        throttled.drain()
        assert (throttled.given, throttled.given_up) == ([[1, 2]], [])


@pytest.mark.parametrize(
    "event", [{"httpMethod": "GET"}, {"Records": [{"eventSource": "aws:sqs"}]}, [], {"Records": []}]
)
def test_other_events_are_left_alone(event: Any) -> None:
    seen: list[Any] = []

    def function(_: Any, event: Any) -> dict[str, Any]:
        seen.append(event)
        return {"error": True}

    execute = StreamBatches(lambda *_: None).around(function)
    assert execute(FUNCTION, event) == {"error": True}
    assert seen == [event]
