"""The set of touched payments: it holds what was added, and lets no line pass that it cannot read."""

import pytest

from operations.reconcile.touched import TouchedIds


@pytest.fixture
def touched() -> TouchedIds:
    touched = TouchedIds()
    for number in range(100, 0, -1):
        touched.add(f"payment-{number}")
    touched.sort()
    return touched


def test_it_holds_what_was_added(touched: TouchedIds) -> None:
    assert len(touched) == 100
    assert all(f"payment-{number}" in touched for number in range(1, 101))
    assert "payment-101" not in touched


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
