"""Fields of one's own: which names they may have, and who may or must send them."""

from decimal import Decimal

import pytest

from handlers.payments import exact_json, model, validation
from handlers.payments.fields import FIELDS, PaymentField
from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import Payment, StoredPayment
from handlers.payments.queue import QueuedPayment, parse_message
from handlers.payments.validation import InvalidPaymentError, parse_object, parse_payment
from tests.unit.handlers.fakes import REGION
from tests.unit.handlers.forms import violations

TIME = "2026-01-01T00:00:00.000Z"
PLAIN = Payment("t-1", Decimal("10.50"), "EUR")
STORED = StoredPayment(PLAIN, REGION, TIME)
QUEUED = QueuedPayment(PLAIN, REGION, TIME)


def test_field_of_ones_own_has_a_name_that_nothing_else_has() -> None:
    message = parse_object(QUEUED.body())
    envelope = {*STORED.item(), *STORED.document(), *message}
    assert {"pk", "kind", "region", "storedAt", "acceptedAt", "attempts", "transactionId"} <= envelope
    names = [each.name for each in FIELDS]
    assert envelope.intersection(names) == set()
    assert len(set(names)) == len(names)


def test_field_with_a_name_of_the_envelope_would_not_take_its_place() -> None:
    payment = Payment("t-1", Decimal("10.50"), "EUR", {"kind": "other", "pk": "other", "amount": "1"})
    assert StoredPayment(payment, REGION, TIME).item() == STORED.item()


class TestChannel:
    """A field that is new."""

    def add(self, monkeypatch: pytest.MonkeyPatch, *, required: bool = False, accepted: bool = True) -> None:
        """Add the field as an entry of `FIELDS` would."""
        channel = PaymentField("channel", "", str, required=required, accepted=accepted)
        fields = (*FIELDS, channel)
        monkeypatch.setattr(model, "FIELDS", fields)
        monkeypatch.setattr(validation, "FIELDS", fields)
        monkeypatch.setattr(validation, "ACCEPTED", tuple(each for each in fields if each.accepted))

    def test_that_is_required_is_asked_of_callers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.add(monkeypatch, required=True)
        assert violations() == [("channel", "required")]

    def test_that_is_required_is_not_asked_of_what_was_answered_202_without(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.add(monkeypatch, required=True)
        assert parse_message(QUEUED.body()) == QUEUED

    @pytest.mark.parametrize("required", [False, True])
    def test_that_is_not_accepted_yet_is_refused_from_callers_alone(
        self, monkeypatch: pytest.MonkeyPatch, *, required: bool
    ) -> None:
        with_channel = QueuedPayment(Payment("t-1", Decimal("10.50"), "EUR", {"channel": "a"}), REGION, TIME)
        self.add(monkeypatch, accepted=False, required=required)
        assert violations(channel='"a"') == [("channel", "unknown")]
        assert parse_payment(parse_object(exact_json.dumps(PLAIN.document()))) == PLAIN
        assert parse_message(with_channel.body()) == with_channel

    def test_that_is_not_known_is_refused_in_messages_and_lost_in_logs(self) -> None:
        """Which is why it is not accepted from callers at first."""
        message = parse_object(QUEUED.body())
        message["channel"] = "a"
        with pytest.raises(InvalidPaymentError, match="unknown"):
            parse_message(exact_json.dumps(message))
        item = {**STORED.item(), "channel": {"S": "a"}}
        assert LoggedPayment.from_item(item) == LoggedPayment.from_item(STORED.item())
