"""A version of a payment in one or several sources."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.payments.logged_payment import LoggedPayment
from operations.reconcile.sources import Place


@dataclass(frozen=True)
class Version:
    """One version of a payment, and the sources that hold it."""

    stored: LoggedPayment | None
    """None when the entry is no payment."""
    places: frozenset[Place]
    entries: int = 1
    """How often in all; a batch that is logged again adds equal entries, which are no difference."""
    fingerprint: str = ""
    """The SHA-256 of an entry that is no payment: who accepts it accepts exactly this."""

    @property
    def age(self) -> tuple[str, str, str]:
        """The sort key: when and where the version was stored."""
        if self.stored is None:
            return "", "", f"{self.fingerprint} {sorted(self.places)}"
        return self.stored.stored_at, self.stored.region, self.stored.content

    def document(self) -> dict[str, Any]:
        """Return the version as JSON types."""
        if self.stored:
            held = json.loads(self.stored.line())
        else:
            held = {"payment": None, "sha256": self.fingerprint, "entries": self.entries}
        return {**held, "places": sorted(self.places)}


def read_item(item: Mapping[str, Any]) -> LoggedPayment | None:
    """Return the payment in an item, or None if the item is malformed."""
    try:
        return LoggedPayment.from_item(item)
    except (KeyError, ArithmeticError, TypeError, AttributeError):
        return None
