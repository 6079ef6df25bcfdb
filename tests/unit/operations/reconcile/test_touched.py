"""The set of touched payments: it holds what was added, and lets no line pass that it cannot read."""

import tracemalloc
from pathlib import Path

import duckdb
import pytest

from operations.reconcile.comparison import Comparison
from operations.reconcile.touched import HASH_IN_SQL, TouchedIds, hash_id


@pytest.fixture
def touched() -> TouchedIds:
    return TouchedIds(sorted(hash_id(f"payment-{number}") for number in range(1, 101)))


def test_it_holds_what_was_added(touched: TouchedIds) -> None:
    assert len(touched) == 100
    assert all(f"payment-{number}" in touched for number in range(1, 101))
    assert "payment-101" not in touched


@pytest.mark.parametrize("id_", ["payment-1", "", "Ü"])
def test_duckdb_makes_the_same_of_an_id(id_: str) -> None:
    made = duckdb.execute(f"SELECT {HASH_IN_SQL} FROM (SELECT ? AS id)", [id_]).fetchone()  # noqa: S608 — own names
    assert made == (hash_id(id_),)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b'{"id":"payment-7"}\n', True),
        (b'{"id":"payment-101"}\n', False),
        (b'{"id":7}\n', True),
        (b'{"region":"us-east-1"}\n', True),
        (b'{"id":"payment-1', True),
        (b"[]\n", True),
    ],
)
def test_a_line_that_names_no_payment_may_belong_to_any(touched: TouchedIds, line: bytes, *, wanted: bool) -> None:
    assert touched.wants(line) is wanted


def test_it_takes_little_memory_while_it_is_made(tmp_path: Path) -> None:
    ids = 200_000
    with Comparison(tmp_path) as comparison:
        comparison.run(f"INSERT INTO touched SELECT 'payment-' || n FROM range({ids}) AS numbers (n)")  # noqa: S608
        tracemalloc.start()
        try:
            touched = comparison.touched()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert len(touched) == ids
    assert peak / ids < 20
