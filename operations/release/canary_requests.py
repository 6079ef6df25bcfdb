"""The requests of canary payments, valid and invalid, as API Gateway's proxy integration hands them over."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.payments.currencies import MINOR_UNITS

ABSENT = "absent"
_CARD_NUMBER = "4111 1111 1111 1111"  # a number for tests, of nobody's card


@dataclass(frozen=True)
class CanaryCase:
    """One request. `{id}` in it stands for the id of the payment that it is about."""

    name: str
    method: str
    resource: str
    body: str | None = None
    about: str = ""
    """Which payment: cases with the same word share an id; an empty text is of none."""


def cases() -> tuple[CanaryCase, ...]:
    """Return all cases, in the order in which they are sent."""
    return (*_valid(), *_invalid(), *_others())


def brief_cases() -> tuple[CanaryCase, ...]:
    """Return those that are repeated while a version is watched."""
    return tuple(each for each in _valid() if each.about == "euro")


def replays(about: Mapping[str, str]) -> tuple[CanaryCase, ...]:
    """Return requests for payments that the other version stored: as they were sent then, and by their ids.

    Args:
        about: The body by what the payment is about.
    """
    return tuple(
        case
        for word, body in about.items()
        for case in (
            CanaryCase(f"replay-of-other-{word}", "POST", "/payment", body, word),
            CanaryCase(f"get-of-other-{word}", "GET", "/payment/{transactionId}", None, word),
        )
    )


def event_of(case: CanaryCase, transaction_id: str, request_id: str) -> dict[str, Any]:
    """Return a case as the event that the function is invoked with."""
    names_payment = "{" in case.resource
    return {
        "resource": case.resource,
        "path": case.resource.replace("{transactionId}", transaction_id),
        "httpMethod": case.method,
        "headers": {"Content-Type": "application/json"},
        "queryStringParameters": None,
        "pathParameters": {"transactionId": transaction_id} if names_payment else None,
        "requestContext": {"requestId": request_id},
        "body": None if case.body is None else case.body.replace("{id}", transaction_id),
        "isBase64Encoded": False,
    }


def _valid() -> tuple[CanaryCase, ...]:
    euro = _payment("12.50", "EUR")
    stored = [
        ("euro", euro),
        ("number", _payment(7.25, "USD")),
        ("yen", _payment("500", "JPY")),
        ("dinar", _payment("1.234", "KWD")),
        ("large", _payment("9999999999.99", "EUR")),
        ("metadata", _payment("3.00", "EUR", metadata={"order": "ä-1", "items": [1, 2]})),
    ]
    return (
        *(CanaryCase(f"store-{about}", "POST", "/payment", body, about) for about, body in stored),
        CanaryCase("replay", "POST", "/payment", euro, "euro"),
        CanaryCase("conflict", "POST", "/payment", _payment("12.51", "EUR"), "euro"),
        *(CanaryCase(f"get-{about}", "GET", "/payment/{transactionId}", None, about) for about, _ in stored),
    )


def _invalid() -> tuple[CanaryCase, ...]:
    bodies = {
        "no-body": None,
        "not-json": "{",
        "no-object": "[]",
        "amount-zero": _payment("0", "EUR"),
        "amount-negative": _payment("-1.00", "EUR"),
        "amount-too-large": _payment("99999999999.99", "EUR"),
        "amount-decimals": _payment("1.005", "EUR"),
        "amount-no-number": _payment("1e", "EUR"),
        "currency-unknown": _payment("1.00", "XXZ"),
        "currency-small": _payment("1.00", "eur"),
        "currency-missing": json.dumps({"transactionId": "{id}", "amount": "1.00"}),
        "id-missing": json.dumps({"amount": "1.00", "currency": "EUR"}),
        "id-format": json.dumps({"transactionId": "{id}#", "amount": "1.00", "currency": "EUR"}),
        "field-unknown": _payment("1.00", "EUR", tip="1.00"),
        "field-twice": '{"transactionId": "{id}", "amount": "1.00", "amount": "2.00", "currency": "EUR"}',
        "card-number": _payment("1.00", "EUR", metadata={"note": _CARD_NUMBER}),
        "metadata-too-large": _payment("1.00", "EUR", metadata={"x": "y" * 5000}),
    }
    return tuple(CanaryCase(name, "POST", "/payment", body, name) for name, body in bodies.items())


def _others() -> tuple[CanaryCase, ...]:
    return (
        *(
            CanaryCase(f"every-currency-{code}", "POST", "/payment", _payment("10", code), f"currency-{code}")
            for code in sorted(MINOR_UNITS)[::20]
        ),
        CanaryCase("get-absent", "GET", "/payment/{transactionId}", None, ABSENT),
        CanaryCase("health", "GET", "/health"),
        CanaryCase("writer", "GET", "/writer"),
        CanaryCase("method", "DELETE", "/payment"),
        CanaryCase("resource", "GET", "/nothing"),
    )


def _payment(amount: str | float, currency: str, **more: object) -> str:
    return json.dumps({"transactionId": "{id}", "amount": amount, "currency": currency, **more})
