"""What a scan asks DynamoDB for, and how fast."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
