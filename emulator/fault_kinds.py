"""The faults that can be injected: their names, what each takes, and how a mistake in either is told."""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from emulator.regions import ADDRESSES, CHECKER_REGIONS

SERVICES: Final = (
    *("dynamodb", "s3", "sqs", "sns", "ssm", "lambda", "apigateway", "execute-api", "events", "logs", "monitoring"),
    *("sts", "kms", "acm", "secretsmanager", "states", "backup", "iam", "route53"),
)
"""What a fault can be narrowed to; `execute-api` is the regions' data plane: REST APIs, domain names, function URLs."""

GLOBAL_SERVICES: Final = ("iam", "route53")
"""Services that answer as long as any region does."""

CONTROL_PLANES: Final = (*GLOBAL_SERVICES, "s3")
"""What only us-east-1 can change, for all regions: identities, zones, buckets' settings (FACTS 2.9, 9.3)."""

_LIKE = 0.6  # what the standard library's own search for near words asks for


class BadFaultError(ValueError):
    """There is no such fault, or it cannot have such a value; the message is one line that names what can be."""


@dataclass(frozen=True)
class Parameter:
    """One value that a kind of fault takes."""

    read: Callable[[str], Any]
    """Makes the value of its text, or raises `BadFaultError`."""
    says: str
    default: Any = None
    required: bool = True


@dataclass(frozen=True)
class EmulatedFaultKind:
    """A kind of fault."""

    says: str
    parameters: Mapping[str, Parameter]


def one_of(what: str, valid: Iterable[str]) -> Callable[[str], str]:
    """Return a reader that accepts some words and names the nearest for any other."""
    words = tuple(valid)

    def read(text: str) -> str:
        if text in words:
            return text
        raise BadFaultError(f"unknown {what} {text!r}{nearest(text, words)}")

    return read


def nearest(text: str, valid: Iterable[str]) -> str:
    """Return how an error message ends: the nearest valid word, or all of them when none is near."""
    words = list(valid)
    closest = max(words, key=lambda word: _likeness(text, word), default=None)
    if closest is None:
        return "; there are none"
    if _likeness(text, closest) >= _LIKE:
        return f"; did you mean {closest!r}?"
    return f"; there are {', '.join(words)}"


def _likeness(text: str, word: str) -> float:
    return difflib.SequenceMatcher(None, text.lower(), word).ratio()


def _checkers(text: str) -> tuple[str, ...]:
    regions = tuple(part.strip() for part in text.split(","))
    for region in regions:
        if region not in CHECKER_REGIONS:
            raise BadFaultError(f"checkers are in {', '.join(CHECKER_REGIONS)}, got {region!r}")
    return regions


def _number(what: str, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not 0 < number <= most:
            raise BadFaultError(f"{what} must be a number above 0 and at most {most:g}, got {text!r}")
        return number

    return read


def _name(text: str) -> str:
    if not text:
        raise BadFaultError("a function's name must not be empty")
    return text


def _optional(parameter: Parameter, default: str | None = None) -> Parameter:
    return Parameter(parameter.read, parameter.says, default=default, required=False)


_region = one_of("region", ADDRESSES)
_REGION = Parameter(_region, "a region")
_SERVICE = Parameter(one_of("service", SERVICES), "a service of the region")
_GLOBAL = Parameter(one_of("global service", CONTROL_PLANES), "iam, route53 or s3 (buckets' settings)")
_SECONDS = Parameter(_number("seconds", 3600), "emulated seconds")
_SHARE = Parameter(_number("share", 1), "share of the requests, 0.3 being 30 %")
_MODE = Parameter(one_of("mode", ("refuse", "hang")), "refuse or hang")
_DAYS = Parameter(_number("days", 365), "days that are left")
_DIRECTION = Parameter(one_of("direction", ("both", "one-way")), "both, or one-way from source to destination")
_MOMENT = Parameter(
    one_of("moment", ("init", "invoke", "answer")), "init, invoke (before its work) or answer (after its work)"
)
_KIND = Parameter(one_of("kind", ("both", "dynamodb", "s3")), "dynamodb, s3 or both")
_LINK = {
    "source": Parameter(_region, "the region written to"),
    "destination": Parameter(_region, "the region replicated to"),
    "kind": _optional(_KIND, "both"),
}

KINDS: Final[Mapping[str, EmulatedFaultKind]] = {
    "region-down": EmulatedFaultKind(
        "a region answers nothing, and nothing runs in it", {"region": _REGION, "mode": _optional(_MODE, "refuse")}
    ),
    "region-slow": EmulatedFaultKind(
        "a region's answers take longer", {"region": _REGION, "seconds": _SECONDS, "service": _optional(_SERVICE)}
    ),
    "region-errors": EmulatedFaultKind(
        "a share of a region's requests fails as the service fails when it is overloaded",
        {"region": _REGION, "share": _SHARE, "service": _optional(_SERVICE)},
    ),
    "service-down": EmulatedFaultKind(
        "one service of a region answers nothing",
        {"region": _REGION, "service": _SERVICE, "mode": _optional(_MODE, "refuse")},
    ),
    "partition": EmulatedFaultKind(
        "two regions do not reach each other: nothing is replicated, functions' calls are cut; a witness counts",
        {
            "source": Parameter(_region, "the region that calls and replicates"),
            "destination": Parameter(_region, "the region that it does not reach"),
            "direction": _optional(_DIRECTION, "both"),
        },
    ),
    "region-isolated": EmulatedFaultKind(
        "a region lives, and reaches no other one: a partition from each; clients outside still reach it",
        {"region": _REGION},
    ),
    "replication-slow": EmulatedFaultKind("replication takes longer", {**_LINK, "seconds": _SECONDS}),
    "replication-paused": EmulatedFaultKind("replication waits until it is healed", _LINK),
    "checkers-partial": EmulatedFaultKind(
        "health checkers in some regions do not see a region",
        {
            "endpoint": Parameter(_region, "the region that is not seen"),
            "checkers": Parameter(_checkers, "the checkers' regions, separated by commas"),
        },
    ),
    "function-crash": EmulatedFaultKind(
        "a function's process ends while it starts, before its work or after it",
        {
            "function": Parameter(_name, "the function's name"),
            "region": _optional(_REGION),
            "at": _optional(_MOMENT, "invoke"),
        },
    ),
    "certificate-expiring": EmulatedFaultKind(
        "a region's certificates are about to expire, as when ACM fails to renew them",
        {"region": _REGION, "days": _DAYS},
    ),
    "control-plane-down": EmulatedFaultKind(
        "changes to global services fail; reading and evaluating go on", {"service": _optional(_GLOBAL)}
    ),
}
"""Every kind of fault by name."""


def read(name: str, values: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of a fault, complete and valid.

    Raises:
        BadFaultError: There is no such fault, a value is bad, unknown or missing.
    """
    if name not in KINDS:
        raise BadFaultError(f"unknown fault {name!r}{nearest(name, KINDS)}")
    parameters = KINDS[name].parameters
    for key in values:
        if key not in parameters:
            raise BadFaultError(f"{name} takes no {key!r}{nearest(key, parameters)}")
    read_values: dict[str, Any] = {}
    for key, parameter in parameters.items():
        value = values.get(key)
        if value is None:
            if parameter.required:
                raise BadFaultError(f"{name} needs {key}=… ({parameter.says})")
            read_values[key] = parameter.default
        else:
            read_values[key] = parameter.read(_text(key, value))
    if read_values.get("source") and read_values["source"] == read_values.get("destination"):
        raise BadFaultError(f"{name} needs two regions, got {read_values['source']} twice")
    return read_values


def _text(key: str, value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadFaultError(f"{key} must be text or a number, got {value!r}")
    return str(value)
