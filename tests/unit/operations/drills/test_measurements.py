"""What is computed from an event log."""

import pytest

from contract.roles import Role
from operations.drills.events import (
    AlarmSample,
    AnyEvent,
    BehindSample,
    LogCheck,
    PaymentAttempt,
    Phase,
    ReplicaCheck,
    StepChange,
    WriterSample,
    read_event,
)
from operations.drills.measurements import Measurements, measure
from tests.unit.operations.drills.logs import IGNORANT, PAYER, attempt, began, event, region_loss


@pytest.fixture(scope="module")
def measured() -> Measurements:
    return measure(region_loss())


def without(kind: type[AnyEvent]) -> list[AnyEvent]:
    return [each for each in region_loss() if not isinstance(each, kind)]


def replaced(new: AnyEvent) -> list[AnyEvent]:
    return [new if isinstance(each, type(new)) else each for each in region_loss()]


class TestRegionLoss:
    """A drill as it should go."""

    def test_the_steady_state(self, measured: Measurements) -> None:
        assert (measured.steady_acknowledged, measured.steady_failures) == (20, 0)

    def test_the_recovery_is_split_into_parts_that_add_up(self, measured: Measurements) -> None:
        recovery = measured.recovery
        assert recovery is not None
        assert (recovery.client, recovery.seconds) == (PAYER, 60.5)
        assert (recovery.detection, recovery.dns, recovery.first_success) == (30, 30, 0.5)

    def test_the_recovery_point_is_the_age_of_the_oldest_missing_payment(self, measured: Measurements) -> None:
        assert (measured.missing_at_takeover, measured.rpo_seconds) == (1, 1)

    def test_a_payment_in_a_retry_queue_is_late_but_not_missing(self) -> None:
        accepted = [
            each.model_copy(update={"status": 202})
            if isinstance(each, PaymentAttempt) and each.payment == "before-19"
            else each
            for each in region_loss()
        ]
        measured = measure(accepted)
        assert (measured.missing_at_takeover, measured.queued_at_takeover, measured.rpo_seconds) == (0, 1, 0)

    def test_outage_of_the_way_back_does_not_count_for_the_fault(self) -> None:
        log = [each for each in region_loss() if not (isinstance(each, PaymentAttempt) and each.elapsed > 89)]
        log += [attempt(91, "returning", status=503), attempt(300, "returning")]
        measured = measure(log)
        assert measured.recovery is not None
        assert measured.recovery.seconds == 60.5

    def test_an_ignorant_client_stays_out(self, measured: Measurements) -> None:
        (ignorant,) = (each for each in measured.clients if each.client == IGNORANT)
        assert ignorant.answers == {"201": 10, "no answer": 70}
        assert [each.ended for each in ignorant.outages] == [None]
        assert measured.unrecovered == ()

    def test_alarms_count_from_the_end_of_the_steady_state(self, measured: Measurements) -> None:
        assert [(each.name, each.at) for each in measured.alarms] == [("primary-dead", 60)]

    def test_where_dns_led(self, measured: Measurements) -> None:
        assert [(each.role, each.at) for each in measured.moves] == [(Role.STANDBY, 50)]
        assert measured.serving is Role.STANDBY

    def test_who_owned_the_writer(self, measured: Measurements) -> None:
        assert [(each.role, each.at) for each in measured.owner_moves] == [(Role.STANDBY, 40)]
        assert (measured.owner, measured.shut_seconds) == (Role.STANDBY, 15)

    def test_in_the_end_nothing_is_missing(self, measured: Measurements) -> None:
        assert measured.missing_after == {Role.PRIMARY: 0, Role.STANDBY: 0}
        assert (measured.unlogged, measured.duplicates, measured.recorded_by_both) == (0, 0, 0)

    def test_a_log_survives_being_written(self, measured: Measurements) -> None:
        assert measure([read_event(each.model_dump_json()) for each in region_loss()]) == measured


def test_failed_step_is_not_counted_as_rollback() -> None:
    def failed(says: str) -> StepChange:
        return event(StepChange, 89, says=says, state="failed", detail="no")

    log: list[AnyEvent] = [began(), failed("wait"), event(Phase, 89, name="rollback"), failed("heal")]
    measured = measure(log)
    assert (measured.failed_steps, measured.not_put_back) == (("wait: no",), ("heal: no",))


def test_without_a_roll_back_every_failure_is_a_steps() -> None:
    measured = measure([began(), event(StepChange, 9, says="wait", state="failed", detail="no")])
    assert (measured.failed_steps, measured.not_put_back) == (("wait: no",), ())


class TestAlarms:
    """What went off."""

    @staticmethod
    def rang(*firing: tuple[str, ...] | None) -> list[float]:
        samples = [
            event(AlarmSample, 10.0 * number, role=Role.PRIMARY, firing=each, error="" if each is not None else "down")
            for number, each in enumerate(firing)
        ]
        events: list[AnyEvent] = [began(), *samples[:2], event(Phase, 15, name="scenario"), *samples[2:]]
        return [each.at for each in measure(events).alarms]

    def test_one_that_rang_before_says_nothing_about_the_fault(self) -> None:
        assert self.rang((), ("a",), ("a",)) == []

    def test_unless_it_rings_anew(self) -> None:
        assert self.rang((), ("a",), (), ("a",)) == [30]

    def test_what_could_not_be_read_is_neither_silence_nor_ringing(self) -> None:
        assert self.rang((), ("a",), None, ("a",)) == []


class TestWhatWasNotObserved:
    """No number is ever filled in."""

    def test_checks(self) -> None:
        measured = measure(without(ReplicaCheck))
        assert measured.missing_after == {Role.PRIMARY: None, Role.STANDBY: None}
        assert (measured.missing_at_takeover, measured.rpo_seconds) == (None, None)

    def test_a_replica_that_could_not_be_read(self) -> None:
        unread = event(ReplicaCheck, 81, moment="takeover", replica=Role.STANDBY, payments=21, error="no connection")
        assert measure(replaced(unread)).rpo_seconds is None

    @pytest.mark.parametrize(("readable", "seconds"), [((5, 30), 11), ((5,), None), ((5, 95), None)])
    def test_a_standby_that_could_not_be_read_while_the_fault_lasted(
        self, readable: tuple[int, ...], seconds: float | None
    ) -> None:
        log = [
            each.model_copy(update={"payments": None, "seconds": None, "error": "no connection"})
            if isinstance(each, BehindSample) and each.elapsed not in readable
            else each
            for each in region_loss()
        ]
        log.append(event(BehindSample, 30, replica=Role.PRIMARY, payments=0, seconds=0))
        assert measure(log).at_risk_seconds == seconds

    def test_a_scenario_that_never_began(self) -> None:
        log = [each for each in region_loss() if each.elapsed < 20]
        measured = measure(log)
        assert measured.at_risk_seconds is None
        assert "attempts" in measured.unobserved

    def test_transaction_logs(self) -> None:
        measured = measure(without(LogCheck))
        assert (measured.unlogged, measured.duplicates) == (None, None)

    @pytest.mark.parametrize(("kind", "name"), [(WriterSample, "the writer"), (BehindSample, "replicas")])
    def test_samples(self, kind: type[AnyEvent], name: str) -> None:
        assert measure(without(kind)).unobserved == (name,)

    def test_a_payer_that_never_recovered_leaves_no_recovery(self) -> None:
        measured = measure([each for each in region_loss() if each.elapsed < 80])
        assert (measured.recovery, measured.unrecovered) == (None, (PAYER,))

    def test_a_payer_without_any_attempt_is_not_recovered(self) -> None:
        log = region_loss()
        log[0] = began(payers=(PAYER, "payer-2"))
        assert measure(log).unrecovered == ("payer-2",)

    def test_an_empty_log_is_none(self) -> None:
        with pytest.raises(ValueError, match="must begin"):
            measure([])


class TestDuplicates:
    """Records that should not be there."""

    BOTH = (Role.PRIMARY, Role.STANDBY)

    @pytest.mark.parametrize(
        ("payment", "roles", "contradicting", "duplicates", "explained"),
        [
            ("held", BOTH, (), 0, 1),  # the primary's answer never came, so the client paid again in the standby
            ("before-12", BOTH, (), 1, 0),  # it was acknowledged at once: why the other region?
            ("held", (Role.STANDBY, Role.STANDBY), (), 1, 0),
            ("held", BOTH, ("held",), 1, 0),
        ],
    )
    def test_differ_from_unknown_outcomes(
        self, payment: str, roles: tuple[Role, ...], contradicting: tuple[str, ...], duplicates: int, explained: int
    ) -> None:
        check = event(LogCheck, 99, payments=37, unlogged=(), repeated={payment: roles}, contradicting=contradicting)
        measured = measure(replaced(check))
        assert (measured.duplicates, measured.recorded_by_both) == (duplicates, explained)

    @pytest.mark.parametrize(
        ("status", "doubtful", "duplicates"),
        [
            (503, False, 1),  # refused for want of the writer: nothing may have been stored
            (503, True, 0),  # neither table nor queue answered, or the gateway said so
            (504, True, 0),
            (None, False, 1),  # nothing was sent
            (None, True, 0),
            (503, None, 0),  # a log from before does not tell
        ],
    )
    def test_only_doubt_explains_two_records(
        self, status: int | None, duplicates: int, *, doubtful: bool | None
    ) -> None:
        check = event(LogCheck, 99, payments=2, unlogged=(), repeated={"a": self.BOTH}, contradicting=())
        tried = attempt(20, "a", status=status, doubtful=doubtful)
        measured = measure([began(), tried, attempt(30, "a", role=Role.STANDBY), check])
        assert (measured.duplicates, measured.recorded_by_both) == (duplicates, 1 - duplicates)
