"""A world with one payment from before the moment, and where a restore leaves its record."""

from pathlib import Path

import pytest

from operations.restore.records import RestoreRecord
from tests.unit.operations.restore.payments import paid
from tests.unit.operations.restore.world import MOMENT, RestoreWorld


@pytest.fixture
def record(tmp_path: Path) -> RestoreRecord:
    """Return where a restore is recorded."""
    return RestoreRecord(tmp_path / "restore")


@pytest.fixture
def world() -> RestoreWorld:
    """Return a world in which a payment was made ten minutes before the moment."""
    made = RestoreWorld()
    made.pay(paid("before", at=MOMENT - 600), at=MOMENT - 600)
    made.pass_moment()
    return made
