"""Which rights reading an event source takes; that they are enforced is tested with the deployed functions."""

from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import iam, lambda_svc

from emulator.functions.event_sources import AllowedSources, rights
from emulator.functions.execution_role import ExecutionRole

QUEUE = "arn:aws:sqs:us-east-2:000000000000:retry"
STREAM = "arn:aws:dynamodb:us-east-2:000000000000:table/payments/stream/2026-01-31T12:00:00.000"

ALLOWS, DENIES = (f'{{"Statement": {{"Effect": "{effect}"}}}}' for effect in ("Allow", "Deny"))


def test_a_queue_is_received_from_deleted_from_and_counted() -> None:
    assert rights(QUEUE) == [
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:DeleteMessage", QUEUE),
        ("sqs:GetQueueAttributes", QUEUE),
    ]


def test_a_stream_is_read_and_the_tables_streams_are_listed() -> None:
    assert rights(STREAM) == [
        ("dynamodb:DescribeStream", STREAM),
        ("dynamodb:GetRecords", STREAM),
        ("dynamodb:GetShardIterator", STREAM),
        ("dynamodb:ListStreams", f"{STREAM.rpartition('/')[0]}/any"),
    ]


def test_other_sources_are_left_to_what_emulates_them() -> None:
    assert rights("arn:aws:kinesis:us-east-2:000000000000:stream/any") == []


class TestAllowedSources:
    """A role's rights are worked out twice a second at most, unless its policies change."""

    @pytest.fixture(autouse=True)
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
        asked: list[str] = []
        self.allowed = True
        self.now = 100.0

        def allows(_: ExecutionRole, action: str, _resource: str) -> bool:
            asked.append(action)
            return self.allowed

        monkeypatch.setattr(ExecutionRole, "allows", allows)
        with request_scope("000000000000", "us-east-2"):
            iam._roles["retry"] = {"InlinePolicies": {"reads": ALLOWS}}
            lambda_svc._functions["retry"] = {"config": {"FunctionName": "retry", "Role": "arn:aws:iam::0:role/retry"}}
        self.sources = AllowedSources(now=lambda: self.now)
        self.mappings = self.sources.among(self.all_mappings)
        self.functions = ["retry", "gone"]
        yield asked
        iam._roles._data.clear()
        lambda_svc._functions._data.clear()

    def all_mappings(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for function in self.functions:
            yield "000000000000", "us-east-2", {"FunctionName": function, "EventSourceArn": QUEUE}

    def names(self) -> list[str]:
        return [mapping["FunctionName"] for _, _, mapping in self.mappings()]

    def test_mapping_of_an_existing_function_is_there_while_allowed(self) -> None:
        assert self.names() == ["retry"]

    def test_passes_that_follow_at_once_ask_no_more(self, asked: list[str]) -> None:
        for _ in range(3):
            self.names()
        assert len(asked) == len(rights(QUEUE))

    def test_change_of_a_policy_takes_effect_at_once(self) -> None:
        before = self.names()
        self.allowed = False
        with request_scope("000000000000", "us-east-2"):
            iam._roles["retry"]["InlinePolicies"]["reads"] = DENIES
        denied = self.names()
        self.allowed = True
        with request_scope("000000000000", "us-east-2"):
            iam._roles["retry"]["PermissionsBoundary"] = "arn:aws:iam::000000000000:policy/none"
        assert (before, denied, self.names()) == (["retry"], [], ["retry"])

    def test_what_depends_on_the_time_is_noticed_soon(self) -> None:
        before = self.names()
        self.allowed = False
        self.now += 0.5
        assert (before, self.names()) == (["retry"], [])

    def test_mapping_that_has_gone_is_forgotten(self) -> None:
        self.names()
        self.functions.clear()
        self.names()
        assert self.sources._known == {}
