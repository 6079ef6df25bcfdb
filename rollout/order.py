"""In which order a plan is applied: what belongs to the region that does not serve, then the rest; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.roles import Role
from rollout.changes import PlannedAction, PlannedChange, TerraformPlan


@dataclass(frozen=True)
class Belonging:
    """Where a resource belongs."""

    role: Role | None
    """None is both regions: it has no half that could be changed before the other."""
    why: str = ""
    """Why it is of both."""


@dataclass(frozen=True)
class OrderedChange:
    """A change in its place."""

    change: PlannedChange
    why: str = ""
    """Why it is there, where its region alone does not say so."""


@dataclass(frozen=True)
class RolloutOrder:
    """The two halves of a plan."""

    quiet: Role
    """The region that does not serve."""
    first: tuple[OrderedChange, ...]
    """The quiet region's changes, and what of both regions they need."""
    rest: tuple[OrderedChange, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the addresses of the first half."""
        return tuple(each.change.address for each in self.first)


def belonging(change: PlannedChange, regions: Mapping[Role, str]) -> Belonging:
    """Return where a resource belongs: mostly its provider's region."""
    if change.type.startswith("aws_route53_"):
        return Belonging(None, "DNS answers the clients of both regions")
    if change.has_replicas or change.type == "aws_cloudcontrolapi_resource":
        return Belonging(None, "one table for both regions")
    if change.type.startswith("aws_iam_") and not any(
        region in name for region in regions.values() for name in change.names
    ):
        return Belonging(None, "IAM has no region, and no region has it in its name")
    if change.alias not in list(Role):
        return Belonging(None, "its provider has no region")
    return Belonging(Role(change.alias))


def in_order(plan: TerraformPlan, *, quiet: Role, regions: Mapping[Role, str]) -> RolloutOrder:
    """Return the halves.

    Terraform applies whatever a target needs together with it. So a change of the quiet region that needs a change of
    the other one waits for the second half, and a change of both regions that the first half needs goes first.
    """
    homes = {each.address: belonging(each, regions) for each in plan.changes}
    serving = {each.address: each for each in plan.changes if homes[each.address].role is quiet.peer}
    waits = {
        each.address: _waits_for(each, serving, regions[quiet.peer])
        for each in plan.changes
        if homes[each.address].role is quiet
    }
    first = [each for each in plan.changes if waits.get(each.address) == ""]
    needed = {need: each.address for each in first for need in each.needs}
    along = [each for each in plan.changes if homes[each.address].role is None and _base(each) in needed]
    placed = {each.address for each in (*first, *along)}
    return RolloutOrder(
        quiet=quiet,
        first=(
            *(OrderedChange(each) for each in first),
            *(OrderedChange(each, f"{homes[each.address].why}; {needed[_base(each)]} needs it") for each in along),
        ),
        rest=tuple(
            OrderedChange(each, waits.get(each.address) or homes[each.address].why)
            for each in plan.changes
            if each.address not in placed
        ),
    )


def touched_besides(targeted: TerraformPlan, order: RolloutOrder) -> tuple[PlannedChange, ...]:
    """Return what a plan of the first half's targets changes beyond the first half."""
    expected = set(order.targets)
    return tuple(each for each in targeted.changes if each.address not in expected)


def come_since(shown: TerraformPlan, now: TerraformPlan) -> tuple[PlannedChange, ...]:
    """Return what a later plan changes that the one shown did not: nobody agreed to it."""
    agreed = {(each.address, each.action): set(each.attributes) for each in shown.changes}
    return tuple(
        each
        for each in now.changes
        if (each.address, each.action) not in agreed or not agreed[each.address, each.action] >= set(each.attributes)
    )


def _waits_for(change: PlannedChange, serving: Mapping[str, PlannedChange], region: str) -> str:
    """Return why a change must wait for the other region's; empty if it need not."""
    bases = {_base(each): address for address, each in serving.items()}
    if need := min(change.needs & bases.keys(), default=None):
        return f"it needs {bases[need]} of {region}"
    removes = change.action in (PlannedAction.DESTROY, PlannedAction.REPLACE)
    if removes and (user := min(change.needed_by & bases.keys(), default=None)):
        return f"{bases[user]} of {region} has used it"
    return ""


def _base(change: PlannedChange) -> str:
    return change.address.partition("[")[0]
