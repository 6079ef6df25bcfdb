"""Reads synthesized Terraform JSON: what is there, in which region, and what refers to what."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from contract.environment import Function
from contract.roles import Role
from dr_constructs.settings import Settings

ROLES = tuple(Role)
META_ARGUMENTS = {"//", "provider", "depends_on", "lifecycle"}

_REFERENCE = re.compile(r"(?:data\.)?aws_\w+\.[\w-]+")


@dataclass(frozen=True)
class Resource:
    """One resource or data source; `resource["name"]` is an argument, and KeyError says that it is not set."""

    kind: str
    id: str
    body: Mapping[str, Any]

    def __getitem__(self, argument: str) -> Any:
        return self.body[argument]

    def __hash__(self) -> int:
        return hash((self.kind, self.id))

    def get(self, argument: str, default: Any = None) -> Any:
        """Return an argument, or the default where it is not set."""
        return self.body.get(argument, default)

    def has(self, arguments: Mapping[str, Any]) -> bool:
        """Return whether all these arguments are set to these values."""
        return all(self.get(name) == value for name, value in arguments.items())

    @property
    def address(self) -> str:
        """How others refer to it, as in `depends_on`."""
        return f"{self.kind}.{self.id}"

    def attribute(self, name: str) -> str:
        """Return the expression by which others read an attribute."""
        return f"${{{self.address}.{name}}}"

    @property
    def role(self) -> Role:
        """The role of the region it belongs to, by its provider."""
        return Role(self.body["provider"].removeprefix("aws."))


@dataclass(frozen=True)
class Synthesized:
    """What one environment became: its Terraform JSON, and the directory that Terraform would run in."""

    settings: Settings
    json: Mapping[str, Any]
    directory: Path

    @cached_property
    def everything(self) -> list[Resource]:
        """All resources and data sources."""
        found = [
            Resource(prefix + kind, id_, body)
            for section, prefix in (("resource", ""), ("data", "data."))
            for kind, bodies in self.json[section].items()
            for id_, body in bodies.items()
        ]
        assert found
        return found

    @cached_property
    def resources(self) -> list[Resource]:
        """All resources, without the data sources."""
        return [each for each in self.everything if not each.kind.startswith("data.")]

    @cached_property
    def _by_address(self) -> dict[str, Resource]:
        return {each.address: each for each in self.everything}

    def all(self, kind: str, role: Role | None = None, /, **arguments: Any) -> list[Resource]:
        """Return the resources of a type with these arguments, of one region or of both."""
        return [
            each
            for each in self.everything
            if each.kind == kind and (role is None or each["provider"] == f"aws.{role}") and each.has(arguments)
        ]

    def the(self, kind: str, role: Role | None = None, /, **arguments: Any) -> Resource:
        """Return the one resource of a type with these arguments."""
        found = self.all(kind, role, **arguments)
        assert len(found) == 1, f"{len(found)} of {kind} with {arguments} {role or ''}"
        return found[0]

    def region(self, role: Role) -> str:
        """Return the name of the region that has the role."""
        return self.settings.primary_region if role is Role.PRIMARY else self.settings.standby_region

    def peer(self, role: Role) -> Role:
        """Return the other role."""
        return Role.STANDBY if role is Role.PRIMARY else Role.PRIMARY

    def name(self, kind: str, role: Role) -> str:
        """Return the name that something of a region has by convention."""
        return f"{kind}-{self.region(role)}-{self.settings.environment_suffix}"

    def function(self, function: Function, role: Role) -> Resource:
        """Return one function of one region."""
        return self.the("aws_lambda_function", role, function_name=self.name(function, role))

    def alias(self, function: Function, role: Role) -> Resource:
        """Return the alias of one function of one region."""
        own = self.function(function, role)
        return self.the("aws_lambda_alias", role, function_name=own.attribute("function_name"))

    @property
    def payments_table(self) -> Resource:
        """The global table."""
        return self.the("aws_dynamodb_table", name=f"payments-{self.settings.environment_suffix}")

    def of_payments(self, attribute: str, role: Role) -> str:
        """Return the expression for an attribute of the payments table in one region."""
        table = self.payments_table
        if role is Role.PRIMARY:
            return table.attribute(attribute)
        of_region = f'each.region_name == "{self.region(role)}"'
        return f"${{one([for each in {table.address}.replica : each.{attribute} if {of_region}])}}"

    def canary_table(self, role: Role) -> Resource:
        """Return the table of one region's canary payments."""
        return self.the("aws_dynamodb_table", role, name=self.name("payments-canary", role))

    def functions(self) -> list[Resource]:
        """Return all functions of both regions."""
        return self.all("aws_lambda_function")

    def references(self, value: Any) -> set[Resource]:
        """Return everything that a value refers to in its expressions."""
        return {
            self._by_address[match[0]] for text in strings(value) if "${" in text for match in _REFERENCE.finditer(text)
        }

    def closure(self, resource: Resource) -> set[Resource]:
        """Return all that a resource needs, and what that needs."""
        found: set[Resource] = set()
        left = {resource}
        while left:
            found |= left
            waits_for = {self._by_address[address] for each in left for address in each.get("depends_on", ())}
            left = (waits_for | self.references([dict(each.body) for each in left])) - found
        return found - {resource}

    def referred(self, value: Any) -> Resource:
        """Return the one thing that a value refers to."""
        (found,) = self.references(value)
        return found

    def statements(self, policy: str) -> list[dict[str, Any]]:
        """Return the statements of the policy document that an argument refers to."""
        statements: list[dict[str, Any]] = self.referred(policy)["statement"]
        return statements

    def permissions(self, role: Resource) -> list[dict[str, Any]]:
        """Return all statements of an IAM role's policies."""
        return [
            statement
            for policy in self.all("aws_iam_role_policy")
            if self.referred(policy["role"]) == role
            for statement in self.statements(policy["policy"])
        ]


def strings(value: Any) -> Iterator[str]:
    """Yield every string in a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def blocks(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every object and list in a JSON value with the path to it."""
    if isinstance(value, Mapping | list):
        yield path, value
        for key, part in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from blocks(part, f"{path}.{key}")
