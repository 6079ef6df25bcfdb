# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What is deployed: MiniStack's hosted zones, record sets and health checks, of all accounts."""

import re
from collections.abc import Mapping

from ministack.services import apigateway_v1, route53

from emulator.route53.checks import HealthCheck, health_check
from emulator.route53.zones import Zone

# An API's default endpoint, or a function URL: under a wildcard of the service, whether there is one or not.
_DEFAULT_HOST = re.compile(r"^[a-z0-9]+\.(?:execute-api|lambda-url)\.")


class Route53State:
    """Reads MiniStack's state; what has not changed since the last time is not read again."""

    def __init__(self) -> None:
        # MiniStack replaces what it changes, so that an object stands for its contents.
        self._zones: dict[str, tuple[object, Zone]] = {}
        self._checks: dict[str, tuple[object, HealthCheck]] = {}

    def zones(self) -> list[Zone]:
        """Return the public hosted zones, the oldest first; private ones are not answered to the public."""
        stored = route53._records.to_dict()
        zones: dict[str, tuple[object, Zone]] = {}
        for (account, zone_id), zone in route53._zones.to_dict().items():
            if not zone.get("private"):
                records = stored.get((account, zone_id), [])
                known = self._zones.get(zone_id)
                unchanged = known is not None and known[0] is records
                zones[zone_id] = known if known and unchanged else (records, Zone(zone_id, zone["name"], records))
        self._zones = zones
        return [zone for _, zone in zones.values()]

    def checks(self) -> Mapping[str, HealthCheck]:
        """Return the health checks by id."""
        checks: dict[str, tuple[object, HealthCheck]] = {}
        for (_, check_id), stored in route53._health_checks.to_dict().items():
            known = self._checks.get(check_id)
            unchanged = known is not None and known[0] is stored["config"]
            checks[check_id] = known if known and unchanged else (stored["config"], health_check(stored["config"]))
        self._checks = checks
        return {check_id: check for check_id, (_, check) in checks.items()}

    @staticmethod
    def accounts() -> dict[str, str]:
        """Return the account of each health check by the check's id."""
        return {check_id: account for account, check_id in route53._health_checks.to_dict()}

    @staticmethod
    def exists(host: str) -> bool:
        """Return whether a custom domain is there for its regional name; any other host of AWS's own always is.

        AWS does not say what an alias to a deleted custom domain answers; aliases to deleted resources have no records.
        """
        name = host.rstrip(".").lower()
        if _DEFAULT_HOST.match(name):
            return True
        domains = apigateway_v1._domain_names.to_dict().values()
        return any(domain["regionalDomainName"].lower() == name for domain in domains)
