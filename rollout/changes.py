"""What a plan of Terraform's changes, read from `terraform show -json` and from the state; pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from operations.errors import OperationError
from rollout.references import AppliedState, PlannedConfiguration, general

_ROLE_TYPE = "aws_iam_role"


class PlannedAction(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DESTROY = "destroy"
    FORGET = "forget"  # it stays, and Terraform no longer knows it


_ACTIONS = {
    frozenset({"create"}): PlannedAction.CREATE,
    frozenset({"update"}): PlannedAction.UPDATE,
    frozenset({"create", "delete"}): PlannedAction.REPLACE,
    frozenset({"delete"}): PlannedAction.DESTROY,
    frozenset({"forget"}): PlannedAction.FORGET,
    frozenset({"create", "forget"}): PlannedAction.REPLACE,
}
_NOTHING = (frozenset({"no-op"}), frozenset({"read"}))


@dataclass(frozen=True)
class PlannedChange:
    """One resource that a plan changes."""

    address: str
    type: str
    alias: str
    """The provider's: which region's API is called; empty for a provider without one."""
    action: PlannedAction
    attributes: tuple[str, ...] = ()
    """The arguments whose values change; empty where all do."""
    needs: frozenset[str] = frozenset()
    """The addresses of all that must be there before it, directly or not."""
    needed_by: frozenset[str] = frozenset()
    """The addresses of what was applied with it as a precondition, by the state."""
    names: tuple[str, ...] = ()
    """Its own name, and for what belongs to an IAM role that role's."""
    has_replicas: bool = False
    """Whether one resource is there in several regions."""


@dataclass(frozen=True)
class TerraformPlan:
    """A plan as far as an order needs it."""

    changes: tuple[PlannedChange, ...]
    outputs_before: Mapping[str, Any]
    """What the state holds; empty before the first deployment."""
    outputs_planned: Mapping[str, Any]
    """Those whose values are known before the plan is applied."""

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Return the outputs as they are, completed by what the plan adds to them."""
        return _completed(self.outputs_before, self.outputs_planned)


def read_plan(document: Mapping[str, Any], state: Mapping[str, Any]) -> TerraformPlan:
    """Read `terraform show -json PLAN` and `terraform state pull`.

    Raises:
        OperationError: The plan changes something in a way that is not known here.
    """
    configuration = PlannedConfiguration(document)
    applied = AppliedState(state)
    planned = {each["address"]: each.get("values", {}) for each in _root(document, "planned_values")}
    changes = tuple(
        _change(each, configuration, applied, planned)
        for each in document.get("resource_changes", ())
        if each.get("mode") == "managed" and frozenset(each["change"]["actions"]) not in _NOTHING
    )
    before = document.get("prior_state", {}).get("values", {}).get("outputs", {})
    after = document.get("planned_values", {}).get("outputs", {})
    changed = document.get("output_changes", {})
    return TerraformPlan(
        changes=changes,
        outputs_before={name: each["value"] for name, each in before.items() if "value" in each},
        outputs_planned={
            name: each["value"]
            for name, each in after.items()
            if "value" in each and not _is_unknown(changed.get(name, {}).get("after_unknown", False))
        },
    )


def _completed(held: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with the entries that another one has besides, in the mappings within it as well."""
    both = {
        name: _completed(value, more[name])
        for name, value in held.items()
        if isinstance(value, Mapping) and isinstance(more.get(name), Mapping)
    }
    return {**more, **held, **both}


def _change(
    each: Mapping[str, Any],
    configuration: PlannedConfiguration,
    applied: AppliedState,
    planned: Mapping[str, Mapping[str, Any]],
) -> PlannedChange:
    address, change = each["address"], each["change"]
    action = _ACTIONS.get(frozenset(change["actions"]))
    if action is None:
        raise OperationError(f"the plan must create, update, replace or destroy {address}, got {change['actions']}")
    base = general(address)
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    names = [values.get(name) for values in (after, before) for name in ("name", "role")]
    roles = [need for need in configuration.direct(base) if need.startswith(f"{_ROLE_TYPE}.")]
    names += [planned.get(role, {}).get("name") for role in roles]
    return PlannedChange(
        address=address,
        type=each["type"],
        alias=configuration.alias(base) or applied.alias(base),
        action=action,
        attributes=tuple(sorted(_differing(before, after, unknown))) if before and after else (),
        needs=configuration.needs(base),
        needed_by=applied.needed_by(base),
        names=tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name)),
        has_replicas=bool(after.get("replica") or before.get("replica")),
    )


def _differing(before: Mapping[str, Any], after: Mapping[str, Any], unknown: Mapping[str, Any]) -> Iterator[str]:
    for name in {*before, *after, *unknown}:
        if before.get(name) != after.get(name) or _is_unknown(unknown.get(name, False)):
            yield name


def _is_unknown(marks: object) -> bool:
    """Return whether any part of a value is known only once the plan is applied."""
    if isinstance(marks, Mapping):
        return any(map(_is_unknown, marks.values()))
    if isinstance(marks, list):
        return any(map(_is_unknown, marks))
    return bool(marks)


def _root(document: Mapping[str, Any], part: str) -> list[dict[str, Any]]:
    values = document.get(part, {})
    found: list[dict[str, Any]] = values.get("root_module", {}).get("resources", [])
    return found


def parse_json(text: str, what: str) -> dict[str, Any]:
    """Read what Terraform printed as JSON.

    Raises:
        OperationError: It is none.
    """
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise OperationError(f"{what} must print a JSON object, got {text[:80]!r}")
    return read
