"""The price table: one dated file, validated on reading."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

TABLE = Path(__file__).with_name("prices.toml")


class UnpricedError(Exception):
    """The stack has resources that the table does not know; the text names them in one line."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Strict):
    """A price up to a monthly quantity; the last tier has no end."""

    dollars: Annotated[float, Field(gt=0)]
    up_to: Annotated[float, Field(gt=0)] | None = None


class Price(_Strict):
    """What a number of units costs."""

    service: str
    unit: str
    per: Annotated[float, Field(gt=0)]
    dollars: Annotated[float, Field(gt=0)] | None = None
    tiers: tuple[Tier, ...] = ()
    source: str

    @model_validator(mode="after")
    def _one_price_each_quantity(self) -> "Price":
        ends = [tier.up_to for tier in self.tiers]
        limits = [end for end in ends[:-1] if end is not None]
        if (self.dollars is None) == (not self.tiers):
            raise ValueError("a price has either `dollars` or `tiers`")
        if self.tiers and (ends[-1] is not None or len(limits) != len(ends) - 1 or limits != sorted(set(limits))):
            raise ValueError("tiers end at rising quantities, and the last one does not")
        return self

    def cost(self, quantity: float) -> float:
        """Return what a month's quantity costs, in dollars."""
        total, below = 0.0, 0.0
        for tier in self.tiers or (Tier(dollars=self.dollars or 0),):
            end = quantity if tier.up_to is None else min(quantity, tier.up_to)
            total += max(0.0, end - below) / self.per * tier.dollars
            below = end
        return total


class PriceTable(_Strict):
    """All prices, which resources they belong to, and what costs nothing."""

    dated: date
    prices: Mapping[str, Price]
    resources: Mapping[str, tuple[str, ...]]
    free: Mapping[str, str]

    @model_validator(mode="after")
    def _prices_and_resources_agree(self) -> "PriceTable":
        used = {name for names in self.resources.values() for name in names}
        if used != set(self.prices):
            raise ValueError(
                f"priced and used must be the same, got {sorted(used ^ set(self.prices))} on one side only"
            )
        if both := set(self.resources) & set(self.free):
            raise ValueError(f"a resource is priced or free, got both for {sorted(both)}")
        return self

    def require(self, types: Iterable[str]) -> None:
        """Make sure that every resource type has a price or a reason for none.

        Raises:
            UnpricedError: Some have neither.
        """
        unknown = sorted(set(types) - set(self.resources) - set(self.free))
        if unknown:
            raise UnpricedError(
                f"{TABLE.name} must price every resource type or say why it is free, got {', '.join(unknown)}"
            )


def read_prices(path: Path = TABLE) -> PriceTable:
    """Read the table."""
    return PriceTable.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
