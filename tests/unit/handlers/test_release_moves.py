"""What a release moves, and that a late driver cannot undo what an undoing has put back."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from contract.environment import Function
from handlers.releases.changes import StaleReleaseError
from handlers.releases.item import Release, ReleaseState
from handlers.releases.moving import move_alias, move_stage, settle_stage
from handlers.releases.putting_back import PuttingBack, ReleaseUnknownError, UnknownTargetError, put_back
from handlers.releases.site import ReleaseSite
from handlers.releases.targets import (
    RegionTargets,
    ReleaseTargetsError,
    SharedAliasError,
    parse_targets,
    read_placement,
    targets_text,
)
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, FakeTable, aws_error, timed_out
from tests.unit.handlers.release_fakes import MOVED, TARGETS, Platforms, placement, running

API = Function.PAYMENT_API
UNDOING = running(state=ReleaseState.UNDOING)


class Site:
    """A release, the aliases and stages, and what somebody else does in between."""

    def __init__(self, release: Release | None = None) -> None:
        self.table = FakeTable()
        self.platforms = Platforms()
        self.site = ReleaseSite(self.table, CONTROL_TABLE, TARGETS, self.platforms.clients())
        self.say(release or running())

    def say(self, release: Release) -> None:
        self.table.control["release"] = release.item()

    def before_call(self, number: int, client: str, method: str, act: Callable[[], object]) -> None:
        """Have something happen before the so many-th call of a method."""
        calls = 0

        def happen(called: str) -> None:
            nonlocal calls
            calls += called == method
            if calls == number and called == method:
                act()

        {
            "table": self.table,
            "functions": self.platforms.functions[REGION],
            "gateway": self.platforms.gateways[REGION],
        }[client].before_call = happen

    def undo(self) -> None:
        """Undo the release, as tickers do."""
        self.say(UNDOING)
        put_back(self.site, UNDOING)
        self.say(running(state=ReleaseState.UNDONE))

    def version(self, region: str = REGION) -> str:
        return self.platforms.placed[region].functions[API]


class TestTargets:
    """What `RELEASE_TARGETS` says."""

    def test_they_are_read_as_they_were_written(self) -> None:
        assert parse_targets(targets_text(TARGETS)) == TARGETS

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "must be JSON"),
            ("[" * 100_000, "must be JSON"),
            ("[]", "a member for each region"),
            ("{}", "a member for each region"),
            ('{"r": 1}', "of r must be an object with exactly functions and api"),
            ('{"r": {"functions": {}}}', "of r must be an object with exactly functions and api"),
            ('{"r": {"functions": [], "api": "a"}}', "of r: functions must be"),
            ('{"r": {"functions": {"payment-api": ""}, "api": "a"}}', "of r: functions must be"),
            ('{"r": {"functions": {}, "api": ""}}', "of r: api must be"),
        ],
    )
    def test_anything_else_is_refused(self, text: str, message: str) -> None:
        with pytest.raises(ReleaseTargetsError, match=message):
            parse_targets(text)

    def test_where_everything_is(self) -> None:
        site = Site()
        site.platforms.place({**placement("1"), PEER: placement("2")[PEER]})
        assert read_placement(site.site.clients, TARGETS) == {**placement("1"), PEER: placement("2")[PEER]}

    def test_a_shared_alias_is_no_one_version(self) -> None:
        site = Site()
        site.platforms.share(PEER, API, 0.1)
        with pytest.raises(SharedAliasError, match=r"payment-api-us-east-2-test in us-east-2 .* 10% to version 2"):
            read_placement(site.site.clients, TARGETS)


class TestMoves:
    """What a driver does."""

    def test_a_share_then_all(self) -> None:
        site = Site()
        move_alias(site.site, running(), REGION, API, share=0.01)
        assert (site.version(), site.platforms.weights()) == ("1", {"2"})
        move_alias(site.site, running(), REGION, API)
        assert (site.version(), site.version(PEER), site.platforms.weights()) == ("2", "1", set())

    def test_a_function_that_does_not_change_gets_no_share(self) -> None:
        site, same = Site(), running(after=placement("1"))
        site.say(same)
        move_alias(site.site, same, REGION, API, share=0.01)
        assert (site.version(), site.platforms.weights()) == ("1", set())

    def test_the_stage(self) -> None:
        site = Site()
        move_stage(site.site, running(), REGION)
        assert [each.api for each in site.platforms.placed.values()] == ["deployment-2", "deployment-1"]

    @pytest.mark.parametrize("now", [*(running(state=s) for s in list(ReleaseState)[1:]), running(driver="driver-2")])
    def test_nothing_is_moved_by_who_does_not_drive_it(self, now: Release) -> None:
        site = Site(now)
        with pytest.raises(StaleReleaseError):
            move_alias(site.site, running(), REGION, API)
        with pytest.raises(StaleReleaseError):
            move_stage(site.site, running(), REGION)
        assert site.platforms.placed == placement("1")

    def test_nothing_is_moved_while_the_control_table_is_mute(self) -> None:
        site = Site()
        site.table.down.add(CONTROL_TABLE)
        with pytest.raises(BotoCoreError):
            move_alias(site.site, running(), REGION, API)
        assert site.platforms.placed == placement("1")

    def test_somebody_else_who_moves_the_alias_is_met_once(self) -> None:
        site = Site()
        site.before_call(
            1,
            "table",
            "get_item",
            lambda: site.platforms.functions[REGION].aliases.update(
                {TARGETS[REGION].functions[API]: {"FunctionVersion": "1", "revision": 5}}
            ),
        )
        move_alias(site.site, running(), REGION, API)
        assert site.version() == "2"


class TestLateDriver:
    """Undone at any moment of a move, a region ends where it was before."""

    @pytest.mark.parametrize(
        ("number", "client", "method"),
        [
            (1, "functions", "get_alias"),
            (1, "table", "get_item"),
            (1, "functions", "update_alias"),  # the item was read before, and said that the release runs
            (2, "table", "get_item"),
        ],
    )
    @pytest.mark.parametrize("share", [0.01, 1])
    def test_alias(self, number: int, client: str, method: str, share: float) -> None:
        site = Site()
        site.before_call(number, client, method, site.undo)
        with pytest.raises(StaleReleaseError):
            move_alias(site.site, running(), REGION, API, share=share)
        assert (site.platforms.placed, site.platforms.weights()) == (placement("1"), set())

    @pytest.mark.parametrize(
        ("number", "client", "method"),
        [(1, "table", "get_item"), (1, "gateway", "update_stage"), (2, "table", "get_item")],
    )
    def test_stage(self, number: int, client: str, method: str) -> None:
        site = Site()
        site.before_call(number, client, method, site.undo)
        with pytest.raises(StaleReleaseError):
            move_stage(site.site, running(), REGION)
        assert site.platforms.placed == placement("1")

    @pytest.mark.parametrize(
        "move", [lambda s: move_alias(s, running(), REGION, API), lambda s: move_stage(s, running(), REGION)]
    )
    def test_it_puts_back_what_is_to_be_undone_and_leaves_the_end_to_others(
        self, move: Callable[[ReleaseSite], None]
    ) -> None:
        site = Site()
        site.before_call(2, "table", "get_item", lambda: site.say(UNDOING))
        with pytest.raises(StaleReleaseError):
            move(site.site)
        assert site.platforms.placed == placement("1")

    def test_an_alias_that_was_moved_after_the_end_goes_back(self) -> None:
        """Whoever ended it did not know the function, or AWS did not change the revision."""
        site = Site()
        site.before_call(2, "table", "get_item", lambda: site.say(running(state=ReleaseState.UNDONE)))
        with pytest.raises(StaleReleaseError):
            move_alias(site.site, running(), REGION, API, share=0.1)
        assert (site.platforms.placed, site.platforms.weights()) == (placement("1"), set())

    def test_the_next_release_is_left_alone(self) -> None:
        site, second = Site(), running(id="second", before=placement("1"), after=placement("3"))

        def next_release() -> None:
            site.undo()
            site.say(second)
            move_alias(site.site, second, REGION, API)
            move_stage(site.site, second, REGION)

        site.before_call(1, "functions", "update_alias", next_release)
        with pytest.raises(StaleReleaseError):
            move_alias(site.site, running(), REGION, API)
        assert (site.version(), site.platforms.gateways[REGION].deployment) == ("3", "deployment-3")


class TestPuttingBack:
    """What whoever sees `undoing` does."""

    def test_everything_everywhere(self) -> None:
        site = Site(UNDOING)
        site.platforms.place(placement("2"))
        site.platforms.share(REGION, API, 0.1)
        progress = put_back(site.site, UNDOING)
        assert (site.platforms.placed, site.platforms.weights()) == (placement("1"), set())
        assert progress is not None
        assert len(progress.done) == 2 * (len(MOVED) + 1)
        assert not progress.failures

    def test_what_stands_right_is_written_too(self) -> None:
        """Its revision changes: that refuses a driver that has read the one before."""
        site = Site(UNDOING)
        put_back(site.site, UNDOING)
        assert {alias["revision"] for alias in site.platforms.functions[REGION].aliases.values()} == {2}

    @pytest.mark.parametrize(
        "now", [running(), running(state=ReleaseState.UNDONE), running(id="x", state=ReleaseState.UNDOING)]
    )
    def test_nothing_is_moved_once_the_item_says_something_else(self, now: Release) -> None:
        site = Site(now)
        site.platforms.place(placement("2"))
        with pytest.raises(StaleReleaseError):
            put_back(site.site, UNDOING)
        assert site.platforms.placed == placement("2")

    def test_it_stops_in_the_middle_when_somebody_else_ends_it(self) -> None:
        site = Site(UNDOING)
        site.platforms.place(placement("2"))
        site.before_call(2, "table", "get_item", lambda: site.say(running(state=ReleaseState.UNDONE)))
        with pytest.raises(StaleReleaseError):
            put_back(site.site, UNDOING)
        assert sorted(site.platforms.placed[REGION].functions.values()) == ["1", "2", "2"]

    def test_nothing_is_moved_while_the_control_table_is_mute(self) -> None:
        site = Site(UNDOING)
        site.platforms.place(placement("2"))
        site.table.fail("get_item", timed_out())
        with pytest.raises(ReleaseUnknownError):
            put_back(site.site, UNDOING)
        assert site.platforms.placed == placement("2")

    @pytest.mark.parametrize("lost", [REGION, PEER])
    def test_a_region_out_of_reach_holds_up_the_other_by_one_call(self, lost: str) -> None:
        site = Site(UNDOING)
        site.platforms.place(placement("2"))
        site.platforms.lose(lost)
        progress = put_back(site.site, UNDOING)
        assert progress is not None
        assert list(progress.failures) == [lost]
        assert len(site.platforms.functions[lost].calls) == 1
        other = PEER if lost == REGION else REGION
        assert site.platforms.placed == {other: placement("1")[other], lost: placement("2")[lost]}

    def test_another_call_goes_on_with_what_is_left(self) -> None:
        site, progress = Site(UNDOING), PuttingBack()
        site.platforms.place(placement("2"))
        site.platforms.lose(PEER)
        put_back(site.site, UNDOING, progress=progress)
        written = len(site.platforms.functions[REGION].calls)
        site.platforms.find(PEER)
        again = put_back(site.site, UNDOING, progress=progress)
        assert again is progress
        assert not progress.failures
        assert (site.platforms.placed, len(site.platforms.functions[REGION].calls)) == (placement("1"), written)

    def test_the_own_region_first_and_no_longer_than_there_is_time(self) -> None:
        site, progress, left = Site(UNDOING), PuttingBack(), iter([True, True, False])
        site.platforms.place(placement("2"))
        assert put_back(site.site, UNDOING, progress=progress, own_region=PEER, has_time=lambda: next(left)) is None
        assert {region for region, _ in progress.done} == {PEER}
        assert len(progress.done) == 2
        assert put_back(site.site, UNDOING, progress=progress, own_region=PEER) is progress
        assert site.platforms.placed == placement("1")

    def test_a_region_that_failed_slowly_does_not_keep_the_other_waiting(self) -> None:
        site, progress, left = Site(UNDOING), PuttingBack(), itertools.cycle([True, False])
        site.platforms.place(placement("2"))
        site.platforms.lose(REGION)
        for _ in range(1 + len(MOVED) + 1):
            put_back(site.site, UNDOING, progress=progress, own_region=REGION, has_time=lambda: next(left))
        assert site.platforms.placed[PEER] == placement("1")[PEER]

    def test_an_alias_that_somebody_keeps_moving_is_a_failure_of_the_region(self) -> None:
        site = Site(UNDOING)
        site.platforms.functions[REGION].fail("update_alias", aws_error("PreconditionFailedException", status=412))
        progress = put_back(site.site, UNDOING)
        assert progress is not None
        assert isinstance(progress.failures[REGION], ClientError)

    def test_one_alias_that_cannot_be_moved_does_not_hold_up_the_rest_of_its_region(self) -> None:
        site = Site(UNDOING)
        site.platforms.place(placement("2"))
        gone = aws_error("ResourceNotFoundException", "UpdateAlias", 404)
        site.platforms.functions[REGION].fail("update_alias", gone, times=1)
        progress = put_back(site.site, UNDOING)
        assert progress is not None
        assert progress.failures == {REGION: gone}
        assert site.platforms.gateways[REGION].deployment == "deployment-1"
        assert list(site.platforms.placed[REGION].functions.values()) == ["2", "1", "1"]
        assert put_back(site.site, UNDOING, progress=progress) is progress
        assert (progress.failures, site.platforms.placed) == ({}, placement("1"))

    @pytest.mark.parametrize(
        "error",
        [timed_out(), aws_error("TooManyRequestsException", status=429), aws_error("ServiceException", status=503)],
    )
    def test_what_will_pass_ends_the_look_at_a_region(self, error: Exception) -> None:
        site = Site(UNDOING)
        site.platforms.functions[REGION].fail("get_alias", error, times=10)
        put_back(site.site, UNDOING)
        assert len(site.platforms.functions[REGION].calls) == 1

    def test_no_alias_is_tried_again_when_there_is_no_time(self) -> None:
        site, left = Site(UNDOING), itertools.chain([True], itertools.cycle([False]))
        site.platforms.functions[REGION].fail("update_alias", aws_error("PreconditionFailedException", status=412))
        assert put_back(site.site, UNDOING, own_region=REGION, has_time=lambda: next(left)) is None
        assert len(site.platforms.functions[REGION].calls) == 2

    def test_a_region_that_was_put_back_by_an_earlier_run_is_left_alone(self) -> None:
        site = Site(UNDOING)
        site.platforms.place(placement("2"))
        progress = put_back(site.site, UNDOING, progress=PuttingBack(regions={REGION}))
        assert progress is not None
        assert progress.regions == {REGION, PEER}
        assert site.platforms.placed == {REGION: placement("2")[REGION], PEER: placement("1")[PEER]}

    def test_a_function_that_the_release_brought_and_did_not_move_counts_as_put_back(self) -> None:
        """A ticker of the version before knows nothing of it."""
        before = {**placement("1")}
        for region, versions in before.items():
            before[region] = replace(versions, functions={**versions.functions, "brought": "1"})
        after = {r: replace(v, functions={**placement("2")[r].functions, "brought": "1"}) for r, v in before.items()}
        release = running(state=ReleaseState.UNDOING, before=before, after=after)
        site = Site(release)
        progress = put_back(site.site, release)
        assert progress is not None
        assert progress.failures == {}

    def test_every_write_changes_the_description(self) -> None:
        """AWS does not say that an update which changes nothing changes the revision."""
        site = Site()
        move_alias(site.site, running(), REGION, API, share=0.01)
        move_alias(site.site, running(), REGION, API)
        site.undo()
        told = [request["Description"] for request in site.platforms.functions[REGION].calls_of("update_alias")]
        assert told[:3] == [
            "release release-1 gives 1.00% to version 2",
            "release release-1 gives 100.00% to version 2",
            "release release-1 is undone",
        ]

    @pytest.mark.parametrize(
        ("now", "version"), [(UNDOING, "1"), (running(state=ReleaseState.UNDONE), "1"), (running(id="second"), "2")]
    )
    def test_a_stage_is_settled_unless_another_release_is_under_way(self, now: Release, version: str) -> None:
        site = Site(now)
        site.platforms.place(placement("2"))
        settle_stage(site.site, running(), REGION)
        assert site.platforms.gateways[REGION].deployment == f"deployment-{version}"

    def test_unknown_target_is_left_and_reported(self) -> None:
        """A ticker of the version before does not know what the new version brought."""
        site = Site(UNDOING)
        site.platforms.place(placement("2"))
        known = {region: RegionTargets({API: each.functions[API]}, each.api) for region, each in TARGETS.items()}
        narrow = ReleaseSite(site.table, CONTROL_TABLE, known, site.platforms.clients())
        progress = put_back(narrow, UNDOING)
        assert progress is not None
        assert {type(error) for error in progress.failures.values()} == {UnknownTargetError}
        assert (site.version(), site.platforms.gateways[PEER].deployment) == ("1", "deployment-1")
        assert json.dumps(sorted(map(list, progress.done))).count("us-east-2") == 2
