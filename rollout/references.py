"""What refers to what: in a plan's configuration, and in the state; pure."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

_STATE_ALIAS = re.compile(r"\]\.([^.\]]+)$")
"""The state names a provider as `provider["registry.terraform.io/hashicorp/aws"].standby`."""


class PlannedConfiguration:
    """Which provider each resource has, and what it refers to."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        resources = document.get("configuration", {}).get("root_module", {}).get("resources", [])
        self._resources = {each["address"]: each for each in resources}
        self._direct: dict[str, frozenset[str]] = {}

    def alias(self, address: str) -> str:
        """Return the alias of a resource's provider; empty if it has none, or the resource is gone."""
        key: str = self._resources.get(address, {}).get("provider_config_key", "")
        return key.partition(".")[2]

    def direct(self, address: str) -> frozenset[str]:
        """Return the addresses that a resource refers to."""
        if address not in self._direct:
            resource = self._resources.get(address, {})
            found = {*_references(resource.get("expressions", {})), *resource.get("depends_on", ())}
            self._direct[address] = frozenset(general(each) for each in found) & self._resources.keys()
        return self._direct[address]

    def needs(self, address: str) -> frozenset[str]:
        """Return the addresses that a resource refers to, directly or not."""
        found: set[str] = set()
        left = [address]
        while left:
            new = self.direct(left.pop()) - found
            found |= new
            left += new
        return frozenset(found)


class AppliedState:
    """What the state knows of resources that the configuration may have no more."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self._aliases: dict[str, str] = {}
        self._dependents: dict[str, set[str]] = {}
        for each in state.get("resources", ()):
            if each["mode"] != "managed":
                continue
            address = f"{each['type']}.{each['name']}"
            alias = _STATE_ALIAS.search(each["provider"])
            self._aliases[address] = alias[1] if alias else ""
            for instance in each.get("instances", ()):
                for need in instance.get("dependencies", ()):
                    self._dependents.setdefault(need, set()).add(address)

    def alias(self, address: str) -> str:
        """Return the alias of the provider that has applied a resource; empty if none has."""
        return self._aliases.get(address, "")

    def needed_by(self, address: str) -> frozenset[str]:
        """Return the addresses of what was applied with a resource as a precondition."""
        return frozenset(self._dependents.get(address, ()))


def _references(expressions: object) -> Iterator[str]:
    """Find every reference in a resource's expressions, however deep in its blocks."""
    if isinstance(expressions, Mapping):
        for name, each in expressions.items():
            if name == "references" and isinstance(each, list):
                yield from each
            elif name != "constant_value":
                yield from _references(each)
    elif isinstance(expressions, list):
        for each in expressions:
            yield from _references(each)


@cache
def general(address: str) -> str:
    """Return the address of a resource without its instance and without an attribute."""
    parts = re.sub(r"\[[^\]]*\]", "", address).split(".")
    return ".".join(parts[: 3 if parts[0] == "data" else 2])
