"""Makes the deployer's policies: for each type of resource that a stack has, the calls that the provider makes for it.

Everything that the stack names ends with its suffix, so that is what resources are bound to; what AWS names itself is
bound to the account and its regions. A managed policy may have 6,144 characters and a role ten of them, so there are
several.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_CHARACTERS = 6144
"""Of a managed policy, white space left out: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

TABLE = Path(__file__).with_name("grants.toml")


@dataclass(frozen=True)
class Grant:
    """Calls that some types of resources need, and on what."""

    name: str
    types: frozenset[str]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    when: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class DeployedNames:
    """What a policy's resources are made of."""

    suffix: str
    account: str
    regions: tuple[str, ...]
    """Those of the stack's providers."""
    witness: str


def read_grants(path: Path = TABLE) -> tuple[Grant, ...]:
    """Read the table of grants."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Grant(
            name,
            frozenset(entry["types"]),
            tuple(entry["actions"]),
            tuple(entry["resources"]),
            entry.get("when", {}),
        )
        for name, entry in table.items()
    )


def statements(types: Iterable[str], names: DeployedNames) -> list[dict[str, Any]]:
    """Return a statement for each grant that a stack with these types of resources needs.

    Raises:
        ValueError: The table has no grant for a type.
    """
    given, had = read_grants(), set(types)
    known = {each for grant in given for each in grant.types}
    if unknown := sorted(had - known):
        raise ValueError(f"{TABLE.name} must have a grant for each type of resource, but none has {', '.join(unknown)}")
    return [_statement(grant, names) for grant in given if grant.types & had]


def policies(parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the statements as policies that IAM takes: as few as hold them in their order."""
    packed: list[list[dict[str, Any]]] = [[]]
    for part in parts:
        if packed[-1] and _characters([*packed[-1], part]) > MOST_CHARACTERS:
            packed.append([])
        packed[-1].append(part)
    return [_policy(each) for each in packed]


def _statement(grant: Grant, names: DeployedNames) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Sid": grant.name,
        "Effect": "Allow",
        "Action": list(grant.actions),
        "Resource": list(dict.fromkeys(arn for text in grant.resources for arn in _arns(text, names))),
    }
    if grant.when:
        made["Condition"] = json.loads(json.dumps(grant.when).replace("{account}", names.account))
    return made


def _arns(text: str, names: DeployedNames) -> Iterator[str]:
    regions = names.regions if "{region}" in text else (names.witness,) if "{witness}" in text else ("",)
    for region in regions:
        yield (
            text.replace("{region}", region)
            .replace("{witness}", region)
            .replace("{account}", names.account)
            .replace("{suffix}", names.suffix)
        )


def _characters(parts: list[dict[str, Any]]) -> int:
    return len(json.dumps(_policy(parts), separators=(",", ":")))


def _policy(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": parts}
