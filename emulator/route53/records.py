"""Record sets as Route 53 stores them: what a name is, where an alias leads, what only some routing policies have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.regions import ADDRESSES

ALIAS_TTL_SECONDS = 60
"""What resolvers may cache an alias to an AWS target for; nobody can set it (FACTS 2.12).

It is in emulated seconds and sent as it is: a client of an emulator that runs faster divides it by the scale.
"""

_OCTAL = re.compile(r"\\([0-7]{3})")

# MiniStack's regional domain names begin with the custom domain, AWS's with `d-` and an id; both end like this.
_AWS_HOST = re.compile(
    r"^[a-z0-9.-]+\.(?:execute-api\.(?P<api>[a-z0-9-]+)\.amazonaws\.com|lambda-url\.(?P<url>[a-z0-9-]+)\.on\.aws)\.$"
)

# A record set with one of these is answered by a policy that is not emulated.
_OTHER_POLICIES = {
    "Weight": "weighted",
    "Region": "latency",
    "GeoLocation": "geolocation",
    "GeoProximityLocation": "geoproximity",
    "MultiValueAnswer": "multivalue answer",
    "CidrRoutingConfig": "IP-based",
}


@dataclass(frozen=True)
class Alias:
    """Where an alias record leads."""

    zone_id: str
    target: str
    evaluates_target: bool


@dataclass(frozen=True)
class RecordSet:
    """One record set of a zone; names are canonical."""

    name: str
    type: str
    ttl: int = 0
    values: tuple[str, ...] = ()
    alias: Alias | None = None
    failover: str | None = None
    """PRIMARY or SECONDARY; None for simple routing."""
    health_check_id: str | None = None
    other_policy: str | None = None
    """The name of a routing policy that is not emulated."""


def canonical(name: str) -> str:
    r"""Return a name as it is compared: lower case, ending in a dot, octal escapes such as `\052` resolved."""
    plain = _OCTAL.sub(lambda match: chr(int(match[1], 8)), name).lower()
    return plain if plain.endswith(".") else f"{plain}."


def record_set(stored: Mapping[str, Any]) -> RecordSet:
    """Return a record set in MiniStack's shape, which is the API's, as what it means."""
    target = stored.get("AliasTarget")
    return RecordSet(
        name=canonical(stored["Name"]),
        type=stored["Type"],
        ttl=int(stored.get("TTL") or 0),
        values=tuple(stored.get("ResourceRecords", ())),
        alias=target
        and Alias(target["HostedZoneId"], canonical(target["DNSName"]), bool(target.get("EvaluateTargetHealth"))),
        failover=stored.get("Failover") or None,
        health_check_id=stored.get("HealthCheckId") or None,
        other_policy=other_policy(stored),
    )


def other_policy(stored: Mapping[str, Any]) -> str | None:
    """Return the routing policy of a record set if it is none of those emulated: simple and failover."""
    return next((policy for member, policy in _OTHER_POLICIES.items() if stored.get(member) is not None), None)


def aws_address(name: str) -> str | None:
    """Return the address of the region that an AWS host name leads to, None for any other name.

    API Gateway's regional domain names and default endpoints, and function URLs: what the data plane answers.
    """
    match = _AWS_HOST.match(name)
    return ADDRESSES.get(match["api"] or match["url"]) if match else None
