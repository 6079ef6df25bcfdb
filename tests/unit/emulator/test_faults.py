"""What injected faults mean for requests, links between regions, functions and checkers."""

import pytest

from emulator.faults import OPEN, UP, ActiveFaults, Behaviour, ReplicationRoute

EAST, STANDBY, WEST = "us-east-1", "us-east-2", "us-west-2"


@pytest.fixture
def faults() -> ActiveFaults:
    return ActiveFaults()


class TestNothing:
    """Without a fault everything is as it is."""

    def test_everything_works(self, faults: ActiveFaults) -> None:
        assert faults.behaviour(EAST, "s3") is UP
        assert faults.link(EAST, STANDBY, "s3") is OPEN
        assert faults.reachable(EAST)
        assert faults.running(EAST)
        assert faults.calls(EAST, STANDBY)
        assert faults.checker_sees(EAST, STANDBY)
        assert faults.crash("payment-api", EAST) is None
        assert faults.global_changes_allowed()


class TestInjectAndHeal:
    """Faults have ids, end by them, and end all at once."""

    def test_ids_name_the_fault(self, faults: ActiveFaults) -> None:
        injected = [faults.inject("region-down", region=region).id for region in (EAST, STANDBY)]
        assert injected == ["region-down-1", "region-down-2"]
        assert [fault.id for fault in faults.active] == injected

    def test_one_heals_by_its_id(self, faults: ActiveFaults) -> None:
        first, second = (faults.inject("region-down", region=region) for region in (EAST, STANDBY))
        assert faults.heal(first.id) == (first,)
        assert faults.active == (second,)
        assert (faults.running(EAST), faults.running(STANDBY)) == (True, False)

    def test_all_heal_at_once_even_if_there_are_none(self, faults: ActiveFaults) -> None:
        faults.inject("region-down", region=EAST)
        assert len(faults.heal()) == 1
        assert faults.heal("all") == ()

    def test_observers_hear_of_every_change(self, faults: ActiveFaults) -> None:
        heard: list[int] = []
        faults.observe(lambda: heard.append(len(faults.active)))
        faults.heal(faults.inject("region-down", region=EAST).id)
        assert heard == [1, 0]

    def test_what_is_shown_leaves_out_what_was_not_given(self, faults: ActiveFaults) -> None:
        shown = faults.inject("region-slow", region=EAST, seconds="2").shown()
        assert shown == {"id": "region-slow-1", "fault": "region-slow", "region": EAST, "seconds": 2.0}


class TestRegionDown:
    """A region that is down, and what goes with it."""

    @pytest.fixture(params=["refuse", "hang"])
    def mode(self, request: pytest.FixtureRequest, faults: ActiveFaults) -> str:
        faults.inject("region-down", region=EAST, mode=request.param)
        return str(request.param)

    def test_every_service_of_it_is_down(self, faults: ActiveFaults, mode: str) -> None:
        assert faults.behaviour(EAST, "dynamodb") == Behaviour(mode)  # type: ignore[arg-type]
        assert not faults.reachable(EAST)
        assert not faults.running(EAST)

    def test_other_regions_are_not(self, faults: ActiveFaults, mode: str) -> None:
        assert faults.behaviour(STANDBY, "dynamodb") == UP
        assert faults.running(STANDBY)

    def test_links_to_it_and_from_it_are_closed(self, faults: ActiveFaults, mode: str) -> None:
        assert not faults.link(EAST, STANDBY, "s3").open
        assert not faults.link(STANDBY, EAST, "dynamodb").open
        assert faults.link(STANDBY, WEST).open

    def test_global_services_answer_but_do_not_change(self, faults: ActiveFaults, mode: str) -> None:
        assert faults.reachable(EAST, "iam")
        assert faults.reachable(EAST, "route53")
        assert not faults.global_changes_allowed("route53")

    def test_checkers_go_on(self, faults: ActiveFaults, mode: str) -> None:
        assert faults.checker_sees(EAST, STANDBY)

    def test_global_changes_need_us_east_1_only(self, faults: ActiveFaults) -> None:
        faults.inject("region-down", region=STANDBY)
        assert faults.global_changes_allowed()

    def test_refusing_wins_over_hanging(self, faults: ActiveFaults) -> None:
        faults.inject("service-down", region=EAST, service="s3", mode="refuse")
        faults.inject("region-down", region=EAST, mode="hang")
        assert faults.behaviour(EAST, "s3").mode == "refuse"
        assert faults.behaviour(EAST, "sqs").mode == "hang"


class TestParts:
    """Faults of a share, of a service, of some time."""

    def test_a_service_is_down_alone(self, faults: ActiveFaults) -> None:
        faults.inject("service-down", region=EAST, service="dynamodb")
        assert [faults.reachable(EAST, service) for service in ("dynamodb", "s3", None)] == [False, True, True]
        assert faults.running(EAST)
        assert [faults.link(EAST, STANDBY, kind).open for kind in ("dynamodb", "s3")] == [False, True]

    def test_delays_add_up(self, faults: ActiveFaults) -> None:
        faults.inject("region-slow", region=EAST, seconds=1)
        faults.inject("region-slow", region=EAST, seconds=2, service="sqs")
        assert faults.behaviour(EAST, "sqs").delay_seconds == 3
        assert faults.behaviour(EAST, "ssm").delay_seconds == 1

    def test_shares_are_of_what_is_left(self, faults: ActiveFaults) -> None:
        faults.inject("region-errors", region=EAST, share=0.5)
        faults.inject("region-errors", region=EAST, share=0.5, service="dynamodb")
        assert faults.behaviour(EAST, "dynamodb").error_share == 0.75
        assert faults.behaviour(EAST, "s3").error_share == 0.5

    def test_draws_follow_the_share_and_the_seed(self) -> None:
        def draws(seed: int) -> list[bool]:
            faults = ActiveFaults(seed=seed)
            return [faults.strikes(0.3) for _ in range(1000)]

        assert draws(1) == draws(1) != draws(2)
        assert 250 < sum(draws(1)) < 350

    def test_services_meet_the_errors_of_each_other_and_not_those_of_all(self, faults: ActiveFaults) -> None:
        faults.inject("region-errors", region=EAST, share=1)
        assert faults.lets_through(EAST, "lambda")
        faults.inject("region-errors", region=EAST, share=1, service="lambda")
        assert [faults.lets_through(EAST, service) for service in ("lambda", "sqs")] == [False, True]
        assert faults.lets_through(STANDBY, "lambda")
        faults.inject("service-down", region=EAST, service="sqs")
        assert not faults.lets_through(EAST, "sqs")

    def test_a_share_of_one_is_every_request(self, faults: ActiveFaults) -> None:
        assert all(faults.strikes(1.0) for _ in range(1000))


class TestLinks:
    """Replication between two regions."""

    def test_an_isolated_region_reaches_none_and_is_reached_by_none(self, faults: ActiveFaults) -> None:
        faults.inject("region-isolated", region=EAST)
        assert not faults.calls(EAST, STANDBY)
        assert not faults.calls("us-west-2", EAST)
        assert not faults.link(STANDBY, EAST).open
        assert faults.calls(EAST, EAST)
        assert faults.calls(STANDBY, "us-west-2")
        assert faults.reachable(EAST)
        assert faults.running(EAST)

    def test_a_partition_closes_both_ways(self, faults: ActiveFaults) -> None:
        faults.inject("partition", source=EAST, destination=STANDBY)
        assert not faults.link(EAST, STANDBY).open
        assert not faults.link(STANDBY, EAST).open
        assert not faults.calls(STANDBY, EAST)
        assert faults.reachable(EAST)

    def test_or_one(self, faults: ActiveFaults) -> None:
        faults.inject("partition", source=EAST, destination=STANDBY, direction="one-way")
        assert (faults.link(EAST, STANDBY).open, faults.link(STANDBY, EAST).open) == (False, True)
        assert (faults.calls(EAST, STANDBY), faults.calls(STANDBY, EAST)) == (False, True)

    def test_a_pause_holds_one_way_and_one_kind(self, faults: ActiveFaults) -> None:
        faults.inject("replication-paused", source=EAST, destination=STANDBY, kind="s3")
        assert not faults.link(EAST, STANDBY, "s3").open
        assert faults.link(EAST, STANDBY, "dynamodb").open
        assert faults.link(STANDBY, EAST, "s3").open
        assert faults.link(EAST, STANDBY).open
        assert faults.calls(EAST, STANDBY)

    def test_a_slow_link_stays_open(self, faults: ActiveFaults) -> None:
        faults.inject("replication-slow", source=EAST, destination=STANDBY, seconds=30)
        assert faults.link(EAST, STANDBY, "dynamodb") == ReplicationRoute(open=True, extra_delay_seconds=30)
        assert faults.link(EAST, STANDBY, "s3").extra_delay_seconds == 30


class TestOthers:
    """Checkers, functions and control planes."""

    def test_some_checkers_are_blind_to_a_region(self, faults: ActiveFaults) -> None:
        faults.inject("checkers-partial", endpoint=EAST, checkers=f"{WEST},eu-west-1")
        assert [faults.checker_sees(checker, EAST) for checker in (WEST, "eu-west-1", STANDBY)] == [False, False, True]
        assert faults.checker_sees(WEST, STANDBY)

    def test_a_function_crashes_in_every_region_unless_one_is_named(self, faults: ActiveFaults) -> None:
        faults.inject("function-crash", function="worker")
        faults.inject("function-crash", function="ticker", region=EAST, at="init")
        assert [faults.crash("worker", region) for region in (EAST, STANDBY)] == ["invoke", "invoke"]
        assert [faults.crash("ticker", region) for region in (EAST, STANDBY)] == ["init", None]

    def test_a_control_plane_is_down_alone(self, faults: ActiveFaults) -> None:
        faults.inject("control-plane-down", service="route53")
        assert [faults.global_changes_allowed(service) for service in ("route53", "iam", None)] == [False, True, False]
        assert faults.reachable(EAST, "route53")
        assert faults.running(EAST)
