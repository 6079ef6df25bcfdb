"""Checks the `AWS_…` variables before botocore parses them, because botocore's errors do not name the variable.

`client.aws_profile` checks fields of configuration files by the same rules. As in botocore, an empty variable counts as
unset, except for numbers and choices.
"""

import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

_REGION = re.compile(r"(?![0-9]+$)[a-z0-9]+(-[a-z0-9]+)*", re.IGNORECASE)
_SEEN = re.compile(r"[!-~]+")
_LONGEST_SHOWN = 80


class BadAwsVariableError(ValueError):
    """A variable has a value that botocore does not accept; the one-line message names the variable."""


def _number(least: int, most: int) -> Callable[[str], str | None]:
    def problem(text: str) -> str | None:
        is_fit = re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most
        return None if is_fit else f"must be a whole number from {least} to {most}"

    return problem


def _one_of(*words: str, exactly: bool = False) -> Callable[[str], str | None]:
    def problem(text: str) -> str | None:
        is_fit = (text if exactly else text.lower()) in words
        return None if is_fit else f"must be {', '.join(words[:-1])} or {words[-1]}"

    return problem


def _address(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        is_fit = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and _SEEN.fullmatch(text)
    except ValueError:  # the port or an IPv6 address
        is_fit = False
    return None if is_fit else "must be a URL such as http://127.0.0.1:4566"


def _region(text: str) -> str | None:
    return None if _REGION.fullmatch(text) else "must be a region such as us-east-1"


def _file(text: str) -> str | None:
    return None if os.access(text, os.R_OK) else "must be a readable file"


def _moment(text: str) -> str | None:
    try:
        expires = datetime.fromisoformat(text)
    except ValueError:
        return "must be a time such as 2026-01-31T12:00:00Z"
    left = (expires if expires.tzinfo else expires.replace(tzinfo=UTC)) - datetime.now(UTC)
    return "must be in the future: sign in again" if left.total_seconds() <= 0 else None


def _secret(text: str) -> str | None:
    return None if _SEEN.fullmatch(text) else "must be printable ASCII without blanks"


_SWITCH = _one_of("true", "false")

NUMBERS = {
    "AWS_METADATA_SERVICE_TIMEOUT": _number(1, 3600),
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS": _number(1, 1000),
    "AWS_MAX_ATTEMPTS": _number(1, 1000),
    "AWS_CSM_PORT": _number(1, 2**16 - 1),
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": _number(1, 10_485_760),
}
SWITCHES = dict.fromkeys(
    (
        *("AWS_EC2_METADATA_V1_DISABLED", "AWS_IMDS_USE_IPV6", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_USE_FIPS_ENDPOINT"),
        *("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_CSM_ENABLED", "AWS_DISABLE_REQUEST_COMPRESSION"),
        *("AWS_DISABLE_HOST_PREFIX_INJECTION", "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "AWS_EC2_METADATA_DISABLED"),
        "BOTOCORE_TCP_KEEPALIVE",
    ),
    _SWITCH,
)
CHOICES = {
    "AWS_RETRY_MODE": _one_of("legacy", "standard", "adaptive", exactly=True),
    "AWS_DEFAULTS_MODE": _one_of("legacy", "auto", "standard", "in-region", "cross-region", "mobile", exactly=True),
    "AWS_STS_REGIONAL_ENDPOINTS": _one_of("legacy", "regional", exactly=True),
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": _one_of("preferred", "disabled", "required"),
    "AWS_REQUEST_CHECKSUM_CALCULATION": _one_of("when_supported", "when_required"),
    "AWS_RESPONSE_CHECKSUM_VALIDATION": _one_of("when_supported", "when_required"),
    "AWS_ENDPOINT_DISCOVERY_ENABLED": _one_of("true", "false", "auto"),
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": _one_of("ipv4", "ipv6"),
}
_OTHERS = {
    **dict.fromkeys(("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI"), _address),
    **dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), _region),
    "AWS_CA_BUNDLE": _file,
    "AWS_CREDENTIAL_EXPIRATION": _moment,
}
_RULES = {**NUMBERS, **SWITCHES, **CHOICES, **_OTHERS}
_FILLED = NUMBERS.keys() | CHOICES.keys()
_SECRETS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"})
_ADDRESSES = "AWS_ENDPOINT_URL"
"""The endpoint of all services; with an underscore and a name behind it, of one."""


def check_aws_variables(environment: Mapping[str, str]) -> None:
    """Check each variable that is set.

    Raises:
        BadAwsVariableError: A variable cannot be used (the first by name).
    """
    for name, text in sorted(environment.items()):
        if rule := broken_rule(name, text):
            raise BadAwsVariableError(f"{name} {rule}")


def broken_rule(name: str, text: str) -> str | None:
    """Return the rule that a variable's value breaks, and the value; None if botocore can use it."""
    if not text and name not in _FILLED:
        return None
    if name in _SECRETS:
        return _secret(text)
    rule = check(text) if (check := _rule(name)) else None
    if check is _address and "@" in text:
        text = f"…@{text.rpartition('@')[2]}"  # a password may stand before it
    return f"{rule}, got {text[:_LONGEST_SHOWN]!r}" if rule else None


def _rule(name: str) -> Callable[[str], str | None] | None:
    if name == _ADDRESSES or name.startswith(f"{_ADDRESSES}_"):
        return _address
    return _RULES.get(name)
