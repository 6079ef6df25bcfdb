"""What is printed of payments at a steady rate, and of a region's loss."""

import math

from rich.console import Console
from rich.table import Table

from benchmarks.client import MeasuredRegionLoss, outage_table
from benchmarks.handlers.candidates import FLOOR
from benchmarks.handlers.paced import paced_table
from benchmarks.handlers.process import Call
from contract.environment import Function


def rows(table: Table) -> list[list[str]]:
    """Return the cells of a table's rows."""
    console = Console(width=200)
    with console.capture() as printed:
        console.print(table)
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in printed.get().splitlines() if "│" in line]


def calls(*seconds: float) -> list[Call]:
    return [Call(each, each / 2, 0.0, 0.0, 0.0) for each in seconds]


def test_a_payment_is_compared_with_plain_boto3_at_the_same_rate() -> None:
    slow = {FLOOR: calls(*[0.010] * 100), Function.PAYMENT_API: calls(*[0.011] * 98, *[0.020] * 2)}
    fast = {FLOOR: calls(*[0.002] * 100), Function.PAYMENT_API: calls(*[0.003] * 100)}
    table = rows(paced_table({1.0: slow, 45.0: fast}))
    assert [row[:4] + row[-2:] for row in table] == [
        ["plain boto3", "1", "100", "10.00", "1.00", "1.00"],
        ["payment-api", "1", "100", "11.00", "1.10", "2.00"],
        ["plain boto3", "45", "100", "2.00", "1.00", "1.00"],
        ["payment-api", "45", "100", "3.00", "1.50", "1.50"],
    ]


def test_both_clients_are_compared_in_the_same_outage() -> None:
    lost = MeasuredRegionLoss("us-east-1", "refuse", opened=23.5, plain=80.0, multi_region=24.0)
    never = MeasuredRegionLoss("us-east-2", "hang", opened=math.inf, plain=math.inf, multi_region=30.0)
    assert rows(outage_table([lost, never], failover_seconds=108)) == [
        ["us-east-1 refuses connections", "23.5", "24.0", "80.0", "0.30"],
        ["us-east-2 hangs", "inf", "30.0", "inf", "0.00"],
    ]
