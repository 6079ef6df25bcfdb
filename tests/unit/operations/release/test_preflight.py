"""Whether a release may begin: every refusal names what was found, and what to do."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract.environment import Function
from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.release.preflight import plan_release
from operations.release.release_plan import ReleasePlan, ReleaseRefusal, ReleaseStepKind, ReleaseWishes
from tests.unit.operations.plans.topologies import NAMES, closing, open_in
from tests.unit.operations.release.world import NEW, OLD, ReleaseWorld, refusal

WISHES = ReleaseWishes(shares=(0.01, 0.10), bake_seconds=600, versions={})


def planned(world: ReleaseWorld, wishes: ReleaseWishes = WISHES) -> ReleasePlan | ReleaseRefusal:
    return plan_release(world.reader().read(), wishes)


def refused(world: ReleaseWorld, wishes: ReleaseWishes = WISHES) -> str:
    plan = planned(world, wishes)
    assert isinstance(plan, ReleaseRefusal)
    return "\n".join(map(str, plan.obstacles))


def test_region_that_does_not_serve_comes_first() -> None:
    plan = planned(ReleaseWorld())
    assert isinstance(plan, ReleasePlan)
    assert (plan.idle, plan.serving, plan.epoch) == (Role.STANDBY, Role.PRIMARY, 7)
    assert [(step.kind, step.role, step.share) for step in plan.steps][:3] == [
        (ReleaseStepKind.COMPARE, Role.STANDBY, 1.0),
        (ReleaseStepKind.MOVE, Role.STANDBY, 1.0),
        (ReleaseStepKind.BAKE, Role.STANDBY, 1.0),
    ]
    assert [step.share for step in plan.steps if step.role is Role.PRIMARY] == [0.01, 0.01, 0.1, 0.1, 1.0, 1.0]
    assert {(move.before, move.after) for move in plan.moves} == {(OLD, NEW)}


def test_served_by_the_standby_the_primary_comes_first() -> None:
    world = ReleaseWorld()
    world.items["writer"] = open_in(Role.STANDBY).item()
    plan = planned(world)
    assert isinstance(plan, ReleasePlan)
    assert plan.idle is Role.PRIMARY


def before_releases(world: ReleaseWorld) -> None:
    world.invoked_directly = True


def lost(world: ReleaseWorld) -> None:
    world.down.add(NAMES[Role.STANDBY])


def unhealthy(world: ReleaseWorld) -> None:
    world.unhealthy.add(Role.STANDBY)


def closed(world: ReleaseWorld) -> None:
    world.items["writer"] = closing(ClosingKind.PLANNED).item()


def absent(world: ReleaseWorld) -> None:
    del world.items["writer"]


def nothing_new(world: ReleaseWorld) -> None:
    for alias in world.aliases.values():
        alias["version"] = NEW


def shared(world: ReleaseWorld) -> None:
    next(iter(world.aliases.values()))["weights"] = {NEW: 0.1}


def other_code(world: ReleaseWorld) -> None:
    world.codes[NAMES[Role.STANDBY], NEW] = "another"


def other_formats(world: ReleaseWorld) -> None:
    world.formats[NEW] = "2 reads 2"


def no_formats(world: ReleaseWorld) -> None:
    world.formats[NEW] = ""


def no_alarms(world: ReleaseWorld) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise refusal("AccessDenied", "DescribeAlarms")

    setattr(world, "describe_alarms", refuse)  # noqa: B010 — a method


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lost, "us-east-2 must be reached: no connection"),
        (unhealthy, "us-east-2 must be healthy: it is unhealthy"),
        (closed, "a region must take payments: alice"),
        (absent, "a region must take payments: there is no writer yet"),
        (nothing_new, "dev must have new versions: both regions run the newest versions"),
        (
            before_releases,
            "leads to the functions themselves, as before releases; `dr release start --api` first",
        ),
        (shared, "each alias must point at one version"),
        (other_code, "payment-api's new version must be the same code in both regions"),
        (other_formats, "the new versions must work beside the running ones: payment-api 2: 2 reads 2"),
        (no_formats, "payment-api's versions must say which data formats they work with"),
        (no_alarms, "us-east-2's alarms must be known: AccessDenied"),
    ],
)
def test_it_is_refused(spoil: Callable[[ReleaseWorld], None], said: str) -> None:
    world = ReleaseWorld()
    spoil(world)
    assert said in refused(world)


def test_refusal_of_a_wrong_version_lists_the_existing_ones() -> None:
    wishes = ReleaseWishes(shares=(), bake_seconds=1, versions={Function.PAYMENT_API: "9"})
    assert "--version payment-api=9 must exist in us-east-1: there are 2, 1; name one of them" in refused(
        ReleaseWorld(), wishes
    )


def test_api_alone_is_released_on_request_and_has_no_shares() -> None:
    world = ReleaseWorld()
    nothing_new(world)
    plan = planned(world, replace(WISHES, api=True))
    assert isinstance(plan, ReleasePlan)
    assert [step.share for step in plan.steps if step.role is Role.PRIMARY] == [1.0, 1.0]


def test_stack_from_before_releases_releases_its_api_alone_first() -> None:
    world = ReleaseWorld(invoked_directly=True)
    plan = planned(world, replace(WISHES, api=True))
    assert isinstance(plan, ReleasePlan)
    assert {(move.before, move.after) for move in plan.moves} == {(OLD, OLD)}
    named = replace(WISHES, api=True, versions={Function.PAYMENT_API: NEW})
    assert "the APIs must lead to the aliases" in refused(world, named)


def test_stage_that_a_release_has_moved_leads_to_the_aliases() -> None:
    world = ReleaseWorld(invoked_directly=True)
    for name in NAMES.values():
        world.deployments[name]["d1"], world.stages[name] = "dr release 1", "d1"
    plan = planned(world)
    assert isinstance(plan, ReleasePlan)
    assert {(move.before, move.after) for move in plan.moves} == {(OLD, NEW)}
