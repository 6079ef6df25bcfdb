"""The price table is whole, and tiers cost what the price pages say."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from costs.prices import TABLE, Price, PriceTable, Tier, UnpricedError, read_prices

REQUESTS = read_prices().prices["api_request"]
amounts = st.floats(min_value=0, max_value=1e12, allow_nan=False)


def flat(dollars: float) -> Price:
    return Price(service="S", unit="things", per=1, dollars=dollars, source="x")


@pytest.mark.parametrize(
    ("requests", "dollars"),
    [(0, 0), (1e6, 3.50), (333e6, 1165.50), (334e6, 1168.30), (1e9, 3033.10), (20e9, 48_253.10), (21e9, 49_763.10)],
)
def test_each_request_costs_the_price_of_its_tier(requests: float, dollars: float) -> None:
    assert REQUESTS.cost(requests) == pytest.approx(dollars)


@given(amounts, amounts)
def test_more_never_costs_less_and_never_more_than_the_first_price(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert REQUESTS.cost(less) <= REQUESTS.cost(more) <= more / 1e6 * 3.50 * 1.000001


@given(amounts)
def test_a_flat_price_is_proportional(quantity: float) -> None:
    assert flat(0.25).cost(quantity) == pytest.approx(quantity * 0.25)


def test_a_resource_that_is_neither_priced_nor_free_is_named() -> None:
    with pytest.raises(UnpricedError, match=r"got aws_nat_gateway, aws_rds_cluster$"):
        read_prices().require(["aws_sqs_queue", "aws_rds_cluster", "aws_iam_role", "aws_nat_gateway"])


@pytest.mark.parametrize(
    "tiers",
    [
        (Tier(dollars=1, up_to=5),),
        (Tier(dollars=1), Tier(dollars=2)),
        (Tier(dollars=1, up_to=5), Tier(dollars=2, up_to=4), Tier(dollars=1)),
    ],
)
def test_tiers_that_leave_a_gap_are_refused(tiers: tuple[Tier, ...]) -> None:
    with pytest.raises(ValidationError, match="tiers end at rising quantities"):
        Price(service="S", unit="things", per=1, tiers=tiers, source="x")


@pytest.mark.parametrize(
    ("section", "name", "value", "message"),
    [
        ("resources", "aws_new", ["no_such_price"], "on one side only"),
        ("free", "aws_sqs_queue", "a mistake", "got both"),
        ("prices", "unused", {"service": "S", "unit": "u", "per": 1, "dollars": 1, "source": "x"}, "on one side only"),
        (
            "prices",
            "api_request",
            {"service": "S", "unit": "u", "per": 1, "source": "x"},
            "either `dollars` or `tiers`",
        ),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(section: str, name: str, value: object, message: str) -> None:
    table = tomllib.loads(TABLE.read_text())
    table[section][name] = value
    with pytest.raises(ValidationError, match=message):
        PriceTable.model_validate(table)
