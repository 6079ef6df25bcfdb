"""A move as JSON: the loss estimate, the plan or the refusal, and each step's evidence."""

from collections.abc import Sequence
from typing import Any

from operations.execution.executor import StepResult
from operations.plans.plan import Obstacle, Plan, Refusal
from operations.site import Site
from operations.topology.document import plain
from operations.topology.loss_estimate import LossEstimate
from operations.typed_commands import Typed


def plan_document(plan: Plan, site: Site, typed: Typed) -> dict[str, Any]:
    """Return a plan as JSON types; `typed` adds the deployment's options to commands in texts."""
    return {
        "purpose": plan.purpose,
        "steps": [{**step.model_dump(mode="json"), "says": typed(step.says(site))} for step in plan.steps],
        "warnings": list(map(typed, plan.warnings)),
        "expected": typed(plan.expected),
        "notes": list(map(typed, plan.notes)),
        "before": plain(plan.before),
    }


def loss_document(loss: LossEstimate) -> dict[str, Any]:
    """Return a loss estimate as JSON types."""
    return {**plain(loss), "says": loss.text}


def refusal_document(refusal: Refusal, causes: Sequence[Obstacle], typed: Typed) -> dict[str, Any]:
    """Return a refusal as JSON types; `typed` adds the deployment's options to commands in texts."""
    return {
        "purpose": refusal.purpose,
        "obstacles": [
            {"precondition": each.precondition, "found": typed(each.found), "remedy": typed(each.remedy)}
            for each in refusal.obstacles
        ],
        "causes": [typed(str(each)) for each in causes],
        "already": plain(refusal.already),
    }


def result_document(result: StepResult, site: Site, typed: Typed) -> dict[str, Any]:
    """Return a step's result as JSON types; against an emulator, seconds are emulated ones."""
    return {"says": typed(result.step.says(site)), "seconds": result.seconds, "evidence": dict(result.evidence)}
