"""Canary payments: good versions differ in nothing, bad ones in what they do wrong, and nothing is left behind."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from contract.environment import Function
from contract.releases import ChangedAnswer
from contract.roles import Role
from operations.release.canary import CanaryClient, read_answer
from operations.release.canary_requests import brief_cases, cases
from operations.release.comparison import CanaryComparison, compare_versions
from tests.unit.operations.release.world import NEW, OLD, RELEASABLE, Answering, ReleaseWorld, proxied


def compared(world: ReleaseWorld, *declared: str) -> CanaryComparison:
    aws: Any = world
    canary = CanaryClient(RELEASABLE, aws, Role.STANDBY)
    return compare_versions(
        canary, OLD, NEW, cases(), declared=[ChangedAnswer(each, "on purpose") for each in declared]
    )


def bad(name: str, world: ReleaseWorld) -> Answering:
    """Return a canary function that does something wrong."""

    def stores_nothing(event: dict[str, Any]) -> dict[str, Any]:
        answer = world.answered(event)
        if answer["statusCode"] == 201:
            world.canary.popitem()
        return answer

    def refuses_yen(event: dict[str, Any]) -> dict[str, Any]:
        return proxied(400, {"message": "no"}) if "JPY" in (event["body"] or "") else world.answered(event)

    found: dict[str, Answering] = {
        "crashes": lambda _: {"errorType": "Runtime.ImportModuleError", "errorMessage": "no module"},
        "crashes on metadata": lambda event: (
            {"errorType": "KeyError"} if "metadata" in (event["body"] or "") else world.answered(event)
        ),
        "stores nothing": stores_nothing,
        "stores a wrong amount": partial(world.answered, stored=lambda amount: f"{amount}0"),
        "refuses yen": refuses_yen,
        "cannot read the other's items": lambda event: (
            {"errorType": "KeyError"}
            if "-old-" in str(event["pathParameters"]) + str(event["body"])
            else world.answered(event)
        ),
    }
    return found[name]


def test_two_good_versions_are_alike_and_leave_nothing() -> None:
    world = ReleaseWorld()
    found = compared(world)
    assert found.problem == ""
    assert found.cases > 35
    assert world.canary == {}


@pytest.mark.parametrize(
    "what",
    [
        "crashes",
        "crashes on metadata",
        "stores nothing",
        "stores a wrong amount",
        "refuses yen",
        "cannot read the other's items",
    ],
)
def test_bad_version_is_found_and_leaves_nothing(what: str) -> None:
    world = ReleaseWorld()
    world.answers[NEW] = bad(what, world)
    assert compared(world).problem
    assert world.canary == {}


def test_old_version_that_stores_nothing_proves_nothing() -> None:
    world = ReleaseWorld()
    for version in (OLD, NEW):
        world.answers[version] = lambda _: proxied(503, {"message": "closed"})
    assert "the comparison shows nothing" in compared(world).problem


def test_declared_answer_may_differ() -> None:
    world = ReleaseWorld()
    world.answers[NEW] = lambda event: proxied(422, {}) if event["body"] == "[]" else world.answered(event)
    assert "no-object" in compared(world).problem
    assert compared(world, "no-object").problem == ""


def test_no_declaration_excuses_what_is_stored_nor_an_error() -> None:
    world = ReleaseWorld()
    world.answers[NEW] = partial(world.answered, stored=lambda amount: "99" if amount == "10.0" else amount)
    declared = [each.name for each in cases()]
    assert compared(world, *declared).problem.startswith("every-currency-AED: the version before stores")
    world.answers[NEW] = lambda event: proxied(500, {}) if event["body"] == "[]" else world.answered(event)
    assert "no-object" in compared(world, *declared).problem


@pytest.mark.parametrize(("status", "counts"), [(500, True), (503, False), (422, False)])
def test_error_counts_though_it_comes_once(status: int, *, counts: bool) -> None:
    world, left = ReleaseWorld(), [1]

    def once(event: dict[str, Any]) -> dict[str, Any]:
        if event["body"] == "[]" and left[0]:
            left[0] -= 1
            return proxied(status, {})
        return world.answered(event)

    world.answers[NEW] = once
    release: Any = SimpleNamespace(
        before={"us-east-2": SimpleNamespace(functions={Function.PAYMENT_CANARY: OLD})},
        after={"us-east-2": SimpleNamespace(functions={Function.PAYMENT_CANARY: NEW})},
    )
    found = world.controls().compare(Role.STANDBY, release, cases())
    assert bool(found.differences) is counts


def test_error_that_comes_at_random_counts() -> None:
    """It says itself that it will pass (503), and comes back with another case."""
    world, bodies = ReleaseWorld(), ["[]", "{"]

    def random(event: dict[str, Any]) -> dict[str, Any]:
        if bodies and event["body"] == bodies[0]:
            bodies.pop(0)
            return proxied(503, {})
        return world.answered(event)

    world.answers[NEW] = random
    release: Any = SimpleNamespace(
        before={"us-east-2": SimpleNamespace(functions={Function.PAYMENT_CANARY: OLD})},
        after={"us-east-2": SimpleNamespace(functions={Function.PAYMENT_CANARY: NEW})},
    )
    assert [each.case for each in world.controls().compare(Role.STANDBY, release, cases()).differences] == ["not-json"]


def test_cases_are_distinct() -> None:
    names = [each.name for each in cases()]
    assert len(names) == len(set(names))
    assert {each.name for each in brief_cases()} == {"store-euro", "replay", "conflict", "get-euro"}


def test_what_is_no_proxy_response_is_an_error() -> None:
    assert read_answer(b"null", failed=False).error.startswith("no proxy response")
    assert read_answer(b'{"errorType": "KeyError"}', failed=True).error == "KeyError"
