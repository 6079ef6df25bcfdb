"""The way back: nothing that goes wrong beside it changes what is put back."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from contract.roles import Role
from handlers.releases.item import Release, ReleaseState
from operations.cli.release_abort import abort
from operations.cli.release_run import ReleaseRun
from operations.cli.release_start import begin
from operations.release.driver import ReleaseAccount, ReleaseOutcome
from operations.release.preflight import plan_release
from operations.release.release_plan import ReleasePlan
from operations.release.release_record import RecordedRelease
from operations.release.routes import RouteAnswer, RouteAnswers
from operations.release.undoing import undo
from operations.release.versions_kept import remove_old_versions
from tests.unit.operations.cli.sessions import session
from tests.unit.operations.plans.topologies import NAMES, open_in
from tests.unit.operations.release.test_driver import WISHES, Audience, Run, driven, failing_log
from tests.unit.operations.release.world import NEW, RELEASABLE, ReleaseWorld

TIMED_OUT = ReadTimeoutError(endpoint_url="https://aws.example")


class DeadTerminal(Audience):
    """A closed pipe."""

    def puts_back(self, why: str) -> None:
        raise BrokenPipeError(why)


def undoing(world: ReleaseWorld) -> bool:
    return world.release is not None and world.release.state is ReleaseState.UNDOING


def test_dead_terminal_keeps_nothing_from_being_put_back() -> None:
    world = ReleaseWorld()
    failing_log(world)
    assert driven(world, audience=DeadTerminal()).outcome is ReleaseOutcome.UNDONE
    assert world.is_at_before


def test_way_back_is_reported_after_the_item_is_written() -> None:
    world, states = ReleaseWorld(), []
    failing_log(world)

    class Listening(Audience):
        def puts_back(self, why: str) -> None:
            states.append((undoing(world), why))

    driven(world, audience=Listening())
    assert states == [(True, "us-east-2, payment-api: 12 of 12 requests failed, beside 0 of 12")]


def test_display_hears_of_it_though_the_disk_is_full_and_the_other_way_round() -> None:
    heard: list[str] = []

    class Full:
        def write(self, kind: str, **_: Any) -> None:
            heard.append(kind)
            raise OSError(28, "No space left on device")

    display: Any = DeadTerminal()
    record: Any = Full()
    with pytest.raises(BrokenPipeError):
        RecordedRelease(display, record).puts_back("why")
    assert heard == ["puts-back"]


def test_one_hiccup_of_the_control_table_does_not_fail_it() -> None:
    world, left = ReleaseWorld(), [2]
    failing_log(world)

    def hiccup(operation: str, _: str) -> None:
        if operation == "get_item" and undoing(world) and left[0]:
            left[0] -= 1
            raise TIMED_OUT

    world.before_call = hiccup
    assert driven(world).outcome is ReleaseOutcome.UNDONE
    assert left == [0]
    assert world.is_at_before


def test_item_that_says_nothing_is_tried_again() -> None:
    world = ReleaseWorld()
    failing_log(world)
    driven(world)
    assert world.release is not None
    release, controls = world.release, world.controls()
    whole = {**world.items["release"], "state": {"S": "running"}}
    world.items["release"] = {**whole, "state": {"S": "paused"}}

    def recover(_: float) -> None:
        world.items["release"] = whole

    assert undo(controls.hurried, release, by="ann", why="aborted", pause=recover).is_undone


def test_stage_that_moves_after_the_end_goes_back() -> None:
    """An update whose answer was lost may land late."""
    world = ReleaseWorld()
    late: list[str] = []

    def lose(operation: str, region: str) -> None:
        if operation == "update_stage" and not undoing(world) and not late:
            late.append(region)
            raise TIMED_OUT

    ended = world.update_item

    def lands(region: str, **request: Any) -> Any:
        answer = ended(region, **request)
        if world.release is not None and world.release.state is ReleaseState.UNDONE:
            world.stages[late[0]] = "d1"
        return answer

    world.before_call = lose
    world.update_item = lands  # type: ignore[method-assign]
    assert driven(world).outcome is ReleaseOutcome.UNDONE
    assert late
    assert world.is_at_before


def test_serving_region_comes_first() -> None:
    world, regions = ReleaseWorld(), []
    failing_log(world)

    def note(operation: str, region: str) -> None:
        if operation == "update_alias" and undoing(world):
            regions.append(region)

    world.before_call = note
    driven(world)
    assert list(dict.fromkeys(regions)) == [NAMES[Role.PRIMARY], NAMES[Role.STANDBY]]


@pytest.mark.parametrize("serving", list(Role))
def test_abort_puts_the_serving_region_back_first(serving: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    world, moved = ReleaseWorld(), []
    world.items["writer"] = open_in(serving).item()
    plan = plan_release(world.reader().read(), WISHES)
    assert isinstance(plan, ReleasePlan)
    run: Any = Run(world, world.controls())
    assert isinstance(begin(run, plan, None, by="ann", why="tests"), Release)
    monkeypatch.setattr("operations.cli.release_run.ReleaseReader", lambda *_, **__: world.reader())
    monkeypatch.setattr("operations.cli.release_run.ReleaseControls", lambda *_: world.controls())

    def note(operation: str, region: str) -> None:
        if operation == "update_alias":
            moved.append(region)

    world.before_call = note
    assert abort(session(site=RELEASABLE, clock=world.clock, yes=True), reason="tests") == 0
    assert list(dict.fromkeys(moved)) == [NAMES[serving], NAMES[serving.peer]]
    assert world.is_at_before


def test_region_that_never_answers_as_it_did_is_waited_for_by_the_clock() -> None:
    world, moved = ReleaseWorld(), []

    def moves(operation: str, _: str) -> None:
        if operation == "update_stage" and not undoing(world):
            moved.append(world.clock.now)
            world.unhealthy.add(Role.STANDBY)

    world.before_call = moves
    account = driven(world)
    assert account.reason == "us-east-2 does not answer as it did: /health says that it is unhealthy"
    assert 10 <= world.clock.now - moved[0] <= 12


def test_versions_that_another_release_goes_back_to_stay() -> None:
    """A process may stand still between two versions that it removes."""
    world = ReleaseWorld()
    for versions in world.versions.values():
        versions[:] = ["1", "2", "3", "4"]
    world.formats |= dict.fromkeys(("3", "4"), world.formats["1"])
    for alias in world.aliases.values():
        alias["version"] = "2"
    world.lines["4"] = world.lines[NEW]
    driven(world)
    assert world.release is not None
    release = world.release
    world.items["release"] = {**world.items["release"], "id": {"S": "next"}}
    [told] = remove_old_versions(world.controls(), world.reader(), release, kept=2)
    assert told.startswith("old versions are left: the release that ann began")
    assert {tuple(each) for each in world.versions.values()} == {("1", "2", "3", "4")}


def answers(status: int) -> RouteAnswers:
    return {"not-json": RouteAnswer(status, "{message: str}"), "get-absent": RouteAnswer(404, "{message: str}")}


class TestRoutes:
    """A new API definition, which canary payments do not see."""

    @pytest.mark.parametrize("role", list(Role))
    def test_route_that_is_gone_leads_back(self, role: Role) -> None:
        world = ReleaseWorld()

        def routes(asked: Role) -> RouteAnswers:
            return answers(403 if asked is role and world.stages[NAMES[role]] != "d0" else 400)

        account = driven(world, routes=routes)
        assert account.reason == (
            f"{NAMES[role]} does not answer as it did: POST /payment (not-json) answers 403 {{message: str}}, "
            "and answered 400 {message: str} before"
        )
        assert world.is_at_before

    def test_routes_that_answer_as_before_pass(self) -> None:
        world, audience = ReleaseWorld(), Audience()
        account = driven(world, audience=audience, routes=lambda _: answers(400))
        assert account.outcome is ReleaseOutcome.DONE
        assert "not known" not in str(audience.heard)

    def test_inaccessible_routes_are_unknown(self) -> None:
        world, audience = ReleaseWorld(), Audience()
        driven(world, audience=audience, routes=lambda _: answers(403))
        assert "its payment routes are not known: ann may not use them" in str(audience.heard)


class TestEnd:
    """What comes after the end does not hide it."""

    @pytest.mark.parametrize(
        ("outcome", "note"),
        [
            (ReleaseOutcome.DONE, "interrupted: old versions are left"),
            (ReleaseOutcome.UNDONE, "interrupted: payments were not looked for"),
        ],
    )
    def test_interrupted(self, outcome: ReleaseOutcome, note: str) -> None:
        def interrupt(*_: Any) -> Any:
            raise KeyboardInterrupt

        run = object.__new__(ReleaseRun)
        cut: Any = run
        cut.stored = cut._kept = interrupt
        release: Any = None
        assert run._afterwards(ReleaseAccount(outcome), release) == (None, [note])

    @pytest.mark.parametrize("at_the_end", [True, False])
    def test_terminal_that_dies_does_not_keep_a_release_from_being_driven(self, *, at_the_end: bool) -> None:
        account = ReleaseAccount(ReleaseOutcome.UNDONE)

        class Display:
            def running(self, _: int) -> "Display":
                return self

            def __enter__(self) -> None:
                if not at_the_end:
                    raise BrokenPipeError

            def __exit__(self, *_: object) -> None:
                raise BrokenPipeError

        driver: Any = type("Driver", (), {"drive": lambda *_, **__: account})()
        plan: Any = type("Plan", (), {"steps": ()})()
        run = object.__new__(ReleaseRun)
        shown: Any = run
        shown.display = Display()
        assert run._driven(driver, plan, 0) is account
