"""The driver: a good release goes through, anything else leads back, and a killed one is put back by tickers."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract.roles import Role
from handlers.releases.changes import undo_release, undone
from handlers.releases.item import Release, ReleaseState
from handlers.releases.putting_back import put_back
from operations.cli.release_start import begin
from operations.release.driver import ReleaseAccount, ReleaseDriver, ReleaseOutcome, goes_on_at
from operations.release.judging import BakeEvidence, BakeJudgement
from operations.release.preflight import plan_release
from operations.release.release_controls import ReleaseControls
from operations.release.release_plan import ReleasePlan, ReleaseStep, ReleaseWishes
from operations.release.routes import RouteAnswers
from operations.release.stored_payments import stored_by
from operations.release.versions_kept import remove_old_versions, superfluous
from operations.release.watching import BakeWatch
from tests.unit.operations.plans.topologies import NAMES, open_in
from tests.unit.operations.release.world import (
    AT_ONCE,
    NEW,
    OLD,
    RELEASABLE,
    KilledError,
    ReleaseWorld,
    proxied,
    refusal,
    request_lines,
)

WISHES = ReleaseWishes(shares=(0.01, 0.10), bake_seconds=6, versions={})
CHANGES = {"update_alias", "update_stage", "update_item", "create_deployment", "put_item", "filter_log_events"}


@dataclass
class Audience:
    """Remembers what it hears."""

    heard: list[str] = field(default_factory=list)

    def begins(self, number: int, step: ReleaseStep) -> None:
        self.heard.append(f"{number} {step.kind} {step.role} {step.share}")

    def looked(self, judgement: BakeJudgement, evidence: BakeEvidence) -> None:
        del evidence
        self.heard.append(str(judgement.verdict))

    def ends(self, number: int, step: ReleaseStep, found: str) -> None:
        del step
        self.heard.append(f"{number}: {found}")

    def puts_back(self, why: str) -> None:
        self.heard.append(f"puts back: {why}")


@dataclass
class Run:
    """What `begin` uses of a command's run."""

    world: ReleaseWorld
    controls: ReleaseControls

    @property
    def session(self) -> Any:
        return type("Session", (), {"site": RELEASABLE})

    def now(self) -> str:
        return "2026-01-31T13:00:00.000Z"


def planned(world: ReleaseWorld) -> ReleasePlan:
    plan = plan_release(world.reader().read(), WISHES)
    assert isinstance(plan, ReleasePlan)
    return plan


def driven(
    world: ReleaseWorld,
    *,
    audience: Audience | None = None,
    routes: Callable[[Role], RouteAnswers] | None = None,
) -> ReleaseAccount:
    """Plan, claim and drive a release."""
    plan, controls = planned(world), world.controls()
    run: Any = Run(world, controls)
    release = begin(run, plan, world.release, by="ann", why="tests")
    assert isinstance(release, Release)
    return drive(world, controls, plan.steps, release, audience or Audience(), routes)


def drive(
    world: ReleaseWorld,
    controls: ReleaseControls,
    steps: Sequence[ReleaseStep],
    release: Release,
    audience: Audience,
    routes: Callable[[Role], RouteAnswers] | None = None,
) -> ReleaseAccount:
    watch = BakeWatch(controls, release, world.clock, began=world.clock.now, ringing=world.ringing, asker=AT_ONCE)
    edge: Any = world
    driver = ReleaseDriver(
        controls, watch, edge, world.clock, audience, release, Role.STANDBY, by="ann", beat_seconds=3600, routes=routes
    )
    return driver.drive(steps)


def tickers(world: ReleaseWorld) -> None:
    """Do what a ticker does with a release whose driver is gone."""
    release, site = world.release, world.controls().moving
    if release is None or not release.is_under_way:
        return
    table = site.control_table
    undoing = undo_release(site.client, table, release, by="ticker us-east-2", why="its driver is gone")
    progress = put_back(site, undoing)
    assert progress is not None
    assert not progress.failures
    undone(site.client, table, undoing)


def test_good_release_goes_through_share_by_share() -> None:
    world, audience, seen = ReleaseWorld(), Audience(), []

    def note(operation: str, region: str) -> None:
        if operation == "filter_log_events":
            weights = {tuple(each["weights"].values()) for (name, _), each in world.aliases.items() if name == region}
            seen.append((region, *weights))

    world.before_call = note
    assert driven(world, audience=audience).outcome is ReleaseOutcome.DONE
    assert world.is_at_after
    assert world.release is not None
    assert world.release.state is ReleaseState.DONE
    watched = list(dict.fromkeys(seen))
    assert watched == [
        ("us-east-2", ()),
        ("us-east-1", (0.01,)),
        ("us-east-1", (0.1,)),
        ("us-east-1", ()),
    ]


def changing_calls() -> int:
    world, count = ReleaseWorld(), 0

    def tally(operation: str, _: str) -> None:
        nonlocal count
        count += operation in CHANGES

    world.before_call = tally
    driven(world)
    return count


def failing_at(world: ReleaseWorld, at: int, error: BaseException) -> None:
    count = 0

    def fail(operation: str, _: str) -> None:
        nonlocal count
        count += operation in CHANGES
        if operation in CHANGES and count == at:
            raise error

    world.before_call = fail


ALL = changing_calls()
EVERY = sorted({*range(1, 24), *range(24, ALL + 1, 13), ALL})
"""Which changing calls are cut off: each of the beginning, and some of what repeats itself."""


@pytest.mark.parametrize("at", EVERY)
def test_killed_at_any_call_tickers_put_both_regions_back(at: int) -> None:
    world = ReleaseWorld()
    failing_at(world, at, KilledError())
    with pytest.raises(KilledError):
        driven(world)
    world.before_call = lambda *_: None
    tickers(world)
    assert world.is_at_before


@pytest.mark.parametrize(
    ("at", "error"),
    [
        *((at, refusal("AccessDenied", "Any")) for at in EVERY),
        *((at, error) for at in EVERY[::3] for error in (KeyboardInterrupt(), RuntimeError("a mistake"))),
    ],
)
def test_whatever_fails_at_any_call_leads_back(at: int, error: BaseException) -> None:
    world = ReleaseWorld()
    failing_at(world, at, error)
    try:
        account = driven(world)
    except Exception:  # noqa: BLE001 — before it has begun, nothing has moved
        assert world.release is None
        account = None
    except KeyboardInterrupt:
        assert world.release is None
        account = None
    if account is None or account.outcome is ReleaseOutcome.UNDONE:
        assert world.is_at_before
        assert account is None or account.interrupted is isinstance(error, KeyboardInterrupt)
    else:  # what failed was a look that the next one made good, or a beat
        assert world.is_at_after


def test_difference_of_canaries_never_meets_a_payer() -> None:
    world = ReleaseWorld()
    world.answers[NEW] = lambda _: proxied(500, {})
    account = driven(world)
    assert account.outcome is ReleaseOutcome.UNDONE
    assert "canary payments: store-euro" in account.reason
    assert world.is_at_before


def failing_log(world: ReleaseWorld) -> None:
    world.lines[NEW] = [line for n in range(12) for line in request_lines(str(n), status="\tStatus: error")]


def test_failing_requests_lead_back_with_the_reason() -> None:
    world = ReleaseWorld()
    failing_log(world)
    account = driven(world)
    assert account.reason == "us-east-2, payment-api: 12 of 12 requests failed, beside 0 of 12"
    assert world.is_at_before
    assert world.release is not None
    assert world.release.ended_why == account.reason


def test_no_data_prolongs_three_times_and_leads_back() -> None:
    world, began = ReleaseWorld(), ReleaseWorld().clock.now
    world.lines[NEW] = []
    account = driven(world)
    assert account.reason.endswith("unknown: 0 of at least 5 requests were seen: no pass")
    assert world.clock.now - began >= 3 * WISHES.bake_seconds
    assert world.is_at_before


def test_ticker_that_does_nothing_leads_back_from_the_region_that_does_not_serve() -> None:
    world = ReleaseWorld()
    world.idle_tickers.add(NEW)
    account = driven(world)
    assert account.outcome is ReleaseOutcome.UNDONE
    assert account.reason.startswith("us-east-2, unknown: the ticker (version 2 has not beaten for")
    assert world.is_at_before


def test_moved_writer_leads_back() -> None:
    world = ReleaseWorld()

    def move(operation: str, _: str) -> None:
        if operation == "filter_log_events":
            world.items["writer"] = open_in(Role.STANDBY, epoch=9).item()

    world.before_call = move
    account = driven(world)
    assert account.reason == "the writer was moved meanwhile: its epoch is 9, and was 7"
    assert world.is_at_before


def test_region_that_is_lost_is_left_to_the_tickers() -> None:
    world = ReleaseWorld()

    def lose(operation: str, region: str) -> None:
        if operation == "filter_log_events" and region == NAMES[Role.PRIMARY]:
            world.down.add(NAMES[Role.PRIMARY])

    world.before_call = lose
    account = driven(world)
    assert account.outcome is ReleaseOutcome.LEFT
    assert account.undoing is not None
    assert account.undoing.left == {"us-east-1": "no connection"}
    assert {each["version"] for (name, _), each in world.aliases.items() if name == NAMES[Role.STANDBY]} == {OLD}
    world.down.clear()
    world.before_call = lambda *_: None
    tickers(world)
    assert world.is_at_before


def test_abort_by_somebody_else_ends_the_driver() -> None:
    world = ReleaseWorld()

    def abort(operation: str, _: str) -> None:
        if operation == "filter_log_events":
            world.before_call = lambda *_: None
            tickers(world)

    world.before_call = abort
    account = driven(world)
    assert account.outcome is ReleaseOutcome.UNDONE
    assert account.reason == "its driver is gone"
    assert world.is_at_before


def test_second_release_is_refused_and_leaves_nothing() -> None:
    world = ReleaseWorld()
    plan, controls = planned(world), world.controls()
    run: Any = Run(world, controls)
    assert isinstance(begin(run, plan, world.release, by="ann", why="first"), Release)
    second = begin(run, plan, None, by="bob", why="second")
    assert not isinstance(second, Release)
    assert "ann began one at 2026-01-31 13:00:00 UTC (first)" in str(second.obstacles[0])
    assert all(len(each) == 2 for each in world.deployments.values())


def test_payments_of_the_bad_version_are_listed() -> None:
    world = ReleaseWorld()
    failing_log(world)
    driven(world)
    assert world.release is not None
    found = stored_by(world.controls(), world.release, clock=world.clock, asker=AT_ONCE)
    assert found.transaction_ids == tuple(f"rent-{n}" for n in range(12))
    assert found.unknown == ()


def test_old_versions_go_and_none_that_is_used() -> None:
    assert superfluous(["1", "2", "3", "10"], kept=2, used=["2"]) == ["1"]
    world = ReleaseWorld()
    for versions in world.versions.values():
        versions[:] = ["1", "2", "3", "4"]
    world.formats |= dict.fromkeys(("3", "4"), world.formats[OLD])
    for alias in world.aliases.values():
        alias["version"] = "2"
    world.lines["4"] = world.lines[NEW]
    driven(world)
    assert world.release is not None
    assert list(remove_old_versions(world.controls(), world.reader(), world.release, kept=2)) == []
    assert {tuple(each) for each in world.versions.values()} == {("2", "3", "4")}
    assert all("d0" in each for each in world.deployments.values())


def test_going_on_repeats_the_last_move() -> None:
    steps = planned(ReleaseWorld()).steps
    for shares, index in (((0, 0), 0), ((1, 0), 1), ((1, 0.01), 3), ((1, 0.1), 5), ((1, 1), 7)):
        standby, primary = shares
        assert goes_on_at(steps, {Role.STANDBY: standby, Role.PRIMARY: primary}) == index


def test_nothing_interrupts_the_way_back() -> None:
    world = ReleaseWorld()
    failing_log(world)
    heard: list[object] = []

    def note(operation: str, _: str) -> None:
        if operation == "update_alias" and world.release is not None and world.release.state is ReleaseState.UNDOING:
            heard.append(signal.getsignal(signal.SIGINT))

    world.before_call = note
    driven(world)
    assert set(heard) == {signal.SIG_IGN}
