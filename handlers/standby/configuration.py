"""Reads what operators set for the sentinel in the parameter store."""

import json
import urllib.parse
from collections.abc import Mapping

from handlers.payments.connection import ParameterClient
from handlers.standby.decision import Configuration

MAX_SECONDS = 86400
_FIELDS = frozenset({"automaticTakeover", "peerDeadAfterSeconds", "localPaymentsWithinSeconds"})


class ConfigurationError(Exception):
    """A parameter holds something else than it must; the text names parameter and field."""


def read_configuration(client: ParameterClient, parameter: str) -> Configuration:
    """Read `{"automaticTakeover": true, "peerDeadAfterSeconds": 180, "localPaymentsWithinSeconds": 180}`.

    Raises:
        ConfigurationError: The document is anything else.
    """
    try:
        document = json.loads(_read(client, parameter))
    except (ValueError, RecursionError):
        raise ConfigurationError(f"parameter {parameter} must hold JSON") from None
    if not isinstance(document, dict) or set(document) != _FIELDS:
        raise ConfigurationError(f"parameter {parameter} must hold an object with exactly {', '.join(sorted(_FIELDS))}")
    if not isinstance(document["automaticTakeover"], bool):
        raise ConfigurationError(f"parameter {parameter}: automaticTakeover must be true or false")
    return Configuration(
        automatic_takeover=document["automaticTakeover"],
        peer_dead_after_seconds=_seconds(document, "peerDeadAfterSeconds", parameter),
        local_payments_within_seconds=_seconds(document, "localPaymentsWithinSeconds", parameter),
    )


def read_endpoint(client: ParameterClient, parameter: str) -> str:
    """Read the peer's base URL, without a slash at its end.

    Raises:
        ConfigurationError: It is no https URL.
    """
    value = _read(client, parameter)
    try:
        url = urllib.parse.urlsplit(value)
        usable = url.scheme == "https" and bool(url.hostname) and url.port != 0 and not url.query and not url.fragment
    except ValueError:
        usable = False
    if not usable or not value.isascii() or not value.isprintable() or " " in value:
        raise ConfigurationError(f"parameter {parameter} must hold the peer's base URL, https://...")
    return value.rstrip("/")


def _seconds(document: Mapping[str, object], field: str, parameter: str) -> float:
    value = document[field]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_SECONDS:
        raise ConfigurationError(
            f"parameter {parameter}: {field} must be a number of seconds, more than 0 and at most {MAX_SECONDS}"
        )
    return value


def _read(client: ParameterClient, parameter: str) -> str:
    return str(client.get_parameter(Name=parameter)["Parameter"]["Value"])
