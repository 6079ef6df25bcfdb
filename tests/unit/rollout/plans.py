"""Plans to order: what Terraform would change, without Terraform."""

from typing import Any

from contract.roles import Role
from rollout.changes import PlannedAction, PlannedChange, TerraformPlan

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
REGIONS = {PRIMARY: "us-east-1", STANDBY: "us-east-2"}


def change(
    address: str, alias: str = "primary", action: PlannedAction = PlannedAction.UPDATE, **fields: Any
) -> PlannedChange:
    """Return a change of a resource that a region's provider makes."""
    return PlannedChange(address=address, type=address.partition(".")[0], alias=alias, action=action, **fields)


def plan(*changes: PlannedChange, outputs: dict[str, Any] | None = None) -> TerraformPlan:
    """Return a plan of these changes."""
    return TerraformPlan(changes=changes, outputs_before=outputs or {}, outputs_planned={})
