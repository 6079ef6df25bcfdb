"""`./run cost`: what the synthesized stack costs a month, by service, idle and at three payment rates."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from client.output import run
from contract.names import stack_name
from costs.assumptions import SECONDS_PER_MONTH
from costs.prices import PriceTable, UnpricedError, read_prices
from costs.profiles import LOSSES, profiles
from costs.quantities import quantities
from costs.stack import Stack, StackError, read_stack

RATES = (0.0, 1.0, 100.0, 10_000.0)
_ROOT = Path(__file__).resolve().parents[1]
_FEW = 0.001
_STACKS = _ROOT / "cdktf.out" / "stacks"


def main(
    environment: Annotated[str, typer.Option(help="which environment's stack", envvar="ENVIRONMENT_SUFFIX")] = "dev",
    stack: Annotated[Path | None, typer.Option(help="a cdk.tf.json elsewhere")] = None,
) -> None:
    """Print the table; a stack with an unpriced resource is refused."""
    path = stack or _STACKS / stack_name(environment) / "cdk.tf.json"
    try:
        table, synthesized = read_prices(), read_stack(path)
        table.require(synthesized.types)
    except (StackError, UnpricedError) as error:
        print(error, file=sys.stderr)  # noqa: T201 — a command
        raise typer.Exit(1) from None
    console = Console(width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "120")))
    console.print(_by_service(table, synthesized))
    if synthesized.health_checks:
        console.print(_by_profile(table, synthesized))
    console.print(
        f"List prices of {table.dated} (costs/prices.toml), as in us-east-1 and us-east-2 whatever the stack's regions,"
        f" no free tiers; the first month: what is stored grows from there. Assumptions: costs/assumptions.py."
    )


def costs(table: PriceTable, stack: Stack, payments_per_second: float) -> dict[str, float]:
    """Return dollars a month by price."""
    found = quantities(stack, payments_per_second)
    return {name: price.cost(found[name]) for name, price in table.prices.items()}


def _by_service(table: PriceTable, stack: Stack) -> Table:
    shown = Table(title="Dollars a month", title_justify="left")
    shown.add_column("service")
    for rate in RATES:
        shown.add_column(f"{rate:,.0f} payments/s" if rate else "idle", justify="right")
    priced = [costs(table, stack, rate) for rate in RATES]
    for service in sorted({price.service for price in table.prices.values()}):
        names = [name for name, price in table.prices.items() if price.service == service]
        shown.add_row(service, *(_dollars(sum(each[name] for name in names)) for each in priced))
    shown.add_section()
    shown.add_row("all", *(_dollars(sum(each.values())) for each in priced))
    per_million = [
        sum(each.values()) / (rate * SECONDS_PER_MONTH) * 1e6 if rate else None
        for each, rate in zip(priced, RATES, strict=True)
    ]
    shown.add_row("a million payments", *("" if each is None else _dollars(each) for each in per_million))
    return shown


def _by_profile(table: PriceTable, stack: Stack) -> Table:
    shown = Table(title="Health checks: how long a failover takes at most, what that costs", title_justify="left")
    for column in ("interval", "threshold", "endpoint lost", "not the owner", "idle, a month"):
        shown.add_column(column, justify="right")
    for loss in LOSSES:
        shown.add_column(f"false alarms a year, {loss:.0%} lost", justify="right")
    for each in profiles(table, stack):
        shown.add_row(
            f"{each.interval_seconds} s",
            str(each.failure_threshold),
            f"{each.bounds.endpoint_lost} s",
            f"{each.bounds.not_owner} s",
            _dollars(each.dollars_a_month),
            *(f"{alarms:.2g}" if alarms >= _FEW else f"< {_FEW}" for alarms in each.false_alarms_a_year),
        )
    return shown


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}"


if __name__ == "__main__":
    run("cost", partial(typer.run, main))
