"""A payment as one or several places hold it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.payments.logged_payment import LoggedPayment
from operations.reconcile.places import Place


@dataclass(frozen=True)
class Version:
    """One of the forms in which a payment is found, and where."""

    stored: LoggedPayment | None
    """None when the entry is no payment."""
    places: frozenset[Place]
    entries: int = 1
    """How often in all; a batch that is logged again adds equal entries, which are no difference."""

    def document(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        held = json.loads(self.stored.line()) if self.stored else {"payment": None}
        return {**held, "places": sorted(self.places)}


def read_item(item: Mapping[str, Any]) -> LoggedPayment | None:
    """Return the payment that an item holds, or None when it is none."""
    try:
        return LoggedPayment.from_item(item)
    except (KeyError, ArithmeticError, TypeError, AttributeError):
        return None
