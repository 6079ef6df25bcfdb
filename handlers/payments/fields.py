"""The fields of a payment beside its id, amount and currency: a field of your own is one entry of `FIELDS`.

Validation, the table's items, the transaction log, the queue's messages, the API's answers and the gateway's request
model follow from it. Standard library only: the constructs import this module too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from handlers.payments.exact_json import loads
from handlers.payments.metadata import check_metadata


@dataclass(frozen=True)
class PaymentField:
    """One field: how it is checked, and what is kept of it."""

    name: str
    description: str
    """What the gateway's request model says of it."""
    check: Callable[[object], str | None]
    """Returns the text that is stored, None for no value; raises `RuleError`."""
    read: Callable[[str], object] = str
    """Returns the JSON value that the API answers with, from the stored text."""
    required: bool = False
    """Whether callers must send it; a payment that was answered 202 may lack it."""
    accepted: bool = True
    """Whether callers may send it: not while a function runs that cannot read, store and log it."""


FIELDS: Final = (PaymentField("metadata", "An object of at most 4 KB", check_metadata, loads),)
ACCEPTED: Final = tuple(each for each in FIELDS if each.accepted)
"""Those that callers may send."""
