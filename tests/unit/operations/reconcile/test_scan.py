"""What a scan asks DynamoDB for, and how fast."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError, ResponseStreamingError

from handlers.runtime import timestamp
from operations.reconcile.scan import PAGE_SECONDS, scan, segments
from tests.unit.operations.reconcile.world import NOW, OLD, Replica, stored


@pytest.fixture
def replica() -> Replica:
    """A replica with an old payment, a new one, one without a moment and a control item."""
    replica = Replica()
    replica.hold(stored("old"))
    replica.hold(stored("new", at=NOW))
    replica.items["payment#odd"] = {"pk": {"S": "payment#odd"}, "storedAt": {"N": "1"}}
    replica.items["control#fence#us-east-1"] = {"pk": {"S": "control#fence#us-east-1"}}
    return replica


def test_what_was_stored_before_never_arrives(replica: Replica, tmp_path: Path) -> None:
    read: list[int] = []
    holding = scan(replica, "payments", tmp_path / "scan", as_of=NOW, since=timestamp(OLD + 1), on_rows=read.append)
    written = "".join(path.read_text() for path in holding.files)
    assert '"payment#old"' not in written
    assert '"payment#new"' in written
    assert '"payment#odd"' in written
    assert (holding.rows, holding.only_since) == (3, True)
    assert sum(read) == 4  # how far it has come in the table


def test_without_a_period_everything_does(replica: Replica, tmp_path: Path) -> None:
    holding = scan(replica, "payments", tmp_path / "scan", as_of=NOW, on_rows=lambda _: None)
    assert (holding.rows, holding.only_since) == (4, False)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that makes a real client, to whose scans the given answers come."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")

    def made(*answers: tuple[int, bytes]) -> Any:
        client: Any = boto3.client("dynamodb", "us-east-1", config=Config(retries={"total_max_attempts": 1}))
        left = iter(answers)

        def answer(request: Any, **_: Any) -> AWSResponse:
            status, body = next(left)
            return AWSResponse(request.url, status, HTTPHeaders(), SimpleNamespace(stream=lambda: iter([body])))

        client.meta.events.register("before-send.dynamodb.Scan", answer)
        return client

    return made


class TestAnswers:
    """Items are written as DynamoDB wrote them, without botocore's parser."""

    def test_pages_are_copied_as_they_are(self, answering: Callable[..., Any], tmp_path: Path) -> None:
        odd = {"binary": {"B": "AAE="}, "map": {"M": {"list": {"L": []}}}}
        first = [{"pk": {"S": "payment#ü"}, "amount": {"N": "1.50"}, **odd}]
        second = [{"pk": {"S": "control#heartbeat"}, "gone": {"NULL": True}}]
        pages = [
            {"Items": first, "ScannedCount": 3, "LastEvaluatedKey": {"pk": {"S": "payment#ü"}}},
            {"Items": second, "ScannedCount": 1},
        ]
        client = answering(*((200, json.dumps(page).encode()) for page in pages))
        read: list[int] = []
        holding = scan(client, "payments", tmp_path / "scan", as_of=NOW, at_once=1, on_rows=read.append)
        (path,) = holding.files
        assert [json.loads(line)["Item"] for line in path.read_text().splitlines()] == [*first, *second]
        assert (holding.rows, read) == (2, [3, 1])

    @pytest.mark.parametrize("body", [b"<html>", b"[]", b"7"])
    def test_answer_that_is_none_is_an_error(self, answering: Callable[..., Any], tmp_path: Path, body: bytes) -> None:
        with pytest.raises(ResponseStreamingError):
            scan(answering((200, body)), "payments", tmp_path / "scan", as_of=NOW, at_once=1, on_rows=lambda _: None)

    def test_refusal_stays_one(self, answering: Callable[..., Any], tmp_path: Path) -> None:
        body = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#AccessDeniedException"}).encode()
        with pytest.raises(ClientError, match="AccessDeniedException"):
            scan(answering((400, body)), "payments", tmp_path / "scan", as_of=NOW, at_once=1, on_rows=lambda _: None)


@pytest.mark.parametrize(("size", "scans"), [(0, 4), (10_000_000_000, 4), (40_000_000_000, 16), (10**15, 32)])
def test_a_large_table_is_read_in_more_parts(size: int, scans: int) -> None:
    assert segments(size) == scans


def test_payments_are_left_a_part_of_each_partition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pages(Replica):
        def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
            yield {"Items": [], "ScannedCount": 7, "LastEvaluatedKey": {}}
            yield {"Items": [], "ScannedCount": 7}

    waited: list[float] = []
    monkeypatch.setattr("operations.reconcile.scan.time.sleep", waited.append)
    monkeypatch.setattr("operations.reconcile.scan.time.monotonic", lambda: 0.0)
    scan(Pages(), "payments", tmp_path / "scan", as_of=NOW, at_once=1, on_rows=lambda _: None)
    assert waited == [PAGE_SECONDS]
