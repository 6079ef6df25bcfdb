"""A rollout in words: the order of its changes, shown before anybody is asked; pure."""

from collections.abc import Iterator, Mapping, Sequence, Sized

from contract.roles import Role
from rollout.changes import PlannedAction, PlannedChange
from rollout.order import OrderedChange, RolloutOrder

_SIGNS = {
    PlannedAction.CREATE: "+",
    PlannedAction.UPDATE: "~",
    PlannedAction.REPLACE: "±",
    PlannedAction.DESTROY: "-",
    PlannedAction.FORGET: ".",
}
_ATTRIBUTES = 4
"""So many are named: `terraform plan` shows all, with their values."""


def order_lines(order: RolloutOrder, regions: Mapping[Role, str]) -> Iterator[str]:
    """Write the plan in the order in which it is applied."""
    if not order.first and not order.rest:
        yield "Only outputs change, which no region has."
        return
    quiet, serving = regions[order.quiet], regions[order.quiet.peer]
    yield f"{serving} serves. {count((*order.first, *order.rest))}, in this order:"
    yield f"1. {quiet}, which does not serve: {count(order.first)}"
    yield from _change_lines(order.first)
    if order.first:
        yield f"   then {quiet} must be well before anything else is changed"
    yield f"2. the rest, of {serving} and of both regions: {count(order.rest)}"
    yield from _change_lines(order.rest)
    yield "   then both regions must be well"


def change_line(change: PlannedChange) -> str:
    """Write one change."""
    named = ", ".join(change.attributes[:_ATTRIBUTES])
    more = len(change.attributes) - _ATTRIBUTES
    named += f" and {more} more" if more > 0 else ""
    return f"{_SIGNS[change.action]} {change.address}{f' ({named})' if named else f' ({change.action})'}"


def count(changes: Sized) -> str:
    """Count changes in words."""
    return "1 change" if len(changes) == 1 else f"{len(changes)} changes"


def _change_lines(changes: Sequence[OrderedChange]) -> Iterator[str]:
    for each in changes:
        yield f"   {change_line(each.change)}{f': {each.why}' if each.why else ''}"
