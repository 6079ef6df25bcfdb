"""The proofs of fitness, and when a stored payment raises its region's."""

import pytest

from contract.deadlines import PROOF_LOOK_SECONDS, PROOF_STALE_SECONDS
from handlers.writer.proofs import raise_proof, read_proof
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, FakeTable, aws_error, timed_out
from tests.unit.handlers.payment_function_fakes import Payments


def test_counter_is_raised_and_read_by_region() -> None:
    table = FakeTable()
    assert read_proof(table, CONTROL_TABLE, REGION) == 0
    raise_proof(table, CONTROL_TABLE, REGION)
    raise_proof(table, CONTROL_TABLE, REGION)
    assert (read_proof(table, CONTROL_TABLE, REGION), read_proof(table, CONTROL_TABLE, PEER)) == (2, 0)


@pytest.mark.parametrize("seen", [0, 1])
def test_it_is_raised_only_while_it_is_what_was_seen(seen: int) -> None:
    table = FakeTable()
    for _ in range(seen):
        raise_proof(table, CONTROL_TABLE, REGION)
    raise_proof(table, CONTROL_TABLE, REGION, seen=seen)
    with pytest.raises(type(aws_error("x")), match="ConditionalCheckFailed"):
        raise_proof(table, CONTROL_TABLE, REGION, seen=seen)
    assert table.proof(REGION) == seen + 1


class TestPaymentProof:
    """Raised beside the work, seldom, and only if nobody else does."""

    @pytest.fixture
    def payments(self) -> Payments:
        return Payments()

    def store(self, payments: Payments, *, after: float = PROOF_LOOK_SECONDS + 0.1) -> None:
        payments.time.advance(after)
        payments.proof.stored()
        payments.beside.work()

    def test_nothing_is_done_while_the_payment_waits(self, payments: Payments) -> None:
        payments.proof.stored()
        assert payments.probe.calls == []
        assert len(payments.beside.waiting) == 1

    def test_it_is_raised_when_nobody_else_has_since_the_last_look(self, payments: Payments) -> None:
        self.store(payments)
        assert payments.probe.proof(REGION) == 0
        self.store(payments)
        assert payments.probe.proof(REGION) == 1

    def test_it_is_left_alone_while_the_ticker_raises_it(self, payments: Payments) -> None:
        for number in range(5):
            raise_proof(payments.table, CONTROL_TABLE, REGION)
            self.store(payments)
            assert payments.probe.proof(REGION) == number + 1

    def test_many_payments_look_once(self, payments: Payments) -> None:
        for _ in range(100):
            self.store(payments, after=PROOF_LOOK_SECONDS / 100)
        assert payments.probe.keys_of("get_item") == [f"proof#{REGION}"]

    @pytest.mark.parametrize("every", [1, 2, 3, 4, 5, 6, 7])
    def test_payments_alone_keep_it_younger_than_stale(self, payments: Payments, every: int) -> None:
        """The ticker is dead, the payments go on."""
        raised = []
        for _ in range(60):
            self.store(payments, after=every)
            raised.append(payments.probe.proof(REGION))
        unchanged = [raised.count(count) for count in sorted(set(raised))[1:]]
        assert max(unchanged) * every < PROOF_STALE_SECONDS

    @pytest.mark.parametrize("method", ["get_item", "update_item"])
    @pytest.mark.parametrize("error", [timed_out(), aws_error("AccessDeniedException")], ids=repr)
    def test_control_table_that_does_not_answer_is_nobodys_trouble(
        self, payments: Payments, method: str, error: Exception
    ) -> None:
        payments.probe.fail(method, error)
        self.store(payments)
        self.store(payments)
        payments.probe.failures.clear()
        self.store(payments)
        self.store(payments)
        assert payments.probe.proof(REGION) >= 1

    def test_two_functions_that_looked_at_once_raise_it_once(self) -> None:
        first = Payments()
        second = Payments(table=FakeTable(first.table.tables))
        for payments in (first, second):
            self.store(payments)
        for payments in (first, second):
            payments.time.advance(PROOF_LOOK_SECONDS + 0.1)
            payments.proof.stored()
        seen = first.probe.get_item

        def both_look(**request: object) -> dict[str, object]:
            answer = seen(**request)
            first.probe.get_item = seen  # type: ignore[method-assign]
            second.beside.work()
            return answer

        first.probe.get_item = both_look  # type: ignore[method-assign]
        first.beside.work()
        assert first.probe.proof(REGION) == 1
