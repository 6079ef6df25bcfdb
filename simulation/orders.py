"""What payers are to pay, drawn from the seed."""

import random
from dataclasses import dataclass
from decimal import Decimal

from handlers.payments.currencies import MINOR_UNITS
from simulation.history import Content

_CURRENCIES = ("EUR", "JPY", "KWD")  # two decimals, none, three


@dataclass(frozen=True)
class Order:
    """One payment to make, and what to do around it."""

    at: float
    id: str
    content: Content
    reads: bool
    repeats: bool

    def body(self) -> bytes:
        """Return what is sent: the amount as a number, all its digits written."""
        document = (
            f'{{"transactionId":"{self.id}","amount":{self.content.amount},"currency":"{self.content.currency}"}}'
        )
        return document.encode()


def draw_order(generator: random.Random, moment: float, reused: str | None) -> Order:
    """Draw a payment; `reused` is the id of another one."""
    digits = generator.choice((3, 5, 8, 12))
    units, currency = generator.randrange(1, 10**digits), generator.choice(_CURRENCIES)
    return Order(
        at=moment,
        id=reused or f"p{generator.randrange(10**9):09d}",
        content=Content(Decimal(units).scaleb(-MINOR_UNITS[currency]), currency),
        reads=generator.random() < 0.3,  # noqa: PLR2004
        repeats=generator.random() < 0.2,  # noqa: PLR2004
    )
