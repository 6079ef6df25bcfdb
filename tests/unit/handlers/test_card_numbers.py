"""Card numbers are refused wherever they stand, never quoted; what only looks like one is taken."""

import json
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.payments.card_numbers import holds_card_number
from handlers.payments.model import Payment
from handlers.payments.service import PaymentService
from handlers.payments.validation import parse_accepted_payment, parse_object, parse_payment
from handlers.writer.item import ClosingKind
from tests.unit.handlers.api import PAYMENT, Api
from tests.unit.handlers.card_number_forms import FORMS, refused
from tests.unit.handlers.fakes import PEER, REGION, throttled
from tests.unit.handlers.forms import parse, violations
from tests.unit.handlers.payment_function_fakes import closing_in, open_in

VISA = "4111111111111111"
IN_METADATA = json.dumps({**PAYMENT, "metadata": {"note": f"card {VISA}"}})

# Numbers for tests, of nobody's cards.
NUMBERS = [
    VISA, "4222222222222", "4000000000000000006", "5555555555554444", "2223003122003222", "378282246310005",
    "341111111111111", "6011111111111117", "6500000000000002", "30569309025904", "36006666333344", "3530111333300000",
    "6212345678901232", "6759649826438453", "2200240000000006",
]  # fmt: skip
PREFIXES = [("4", 13), ("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15),
            ("6011", 16), ("644", 16), ("65", 19), ("36", 14), ("300", 14), ("3528", 16), ("3589", 16), ("62", 17),
            ("62", 18)]  # fmt: skip


def luhn_digit(digits: str) -> str:
    """Return the digit that makes a valid number of these."""
    return next(last for last in "0123456789" if _sum(digits + last) % 10 == 0)


def _sum(digits: str) -> int:
    doubled = [int(each) * (1 + index % 2) for index, each in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled)


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    prefix, length = draw(st.sampled_from(PREFIXES))
    rest = draw(st.text("0123456789", min_size=length - len(prefix) - 1, max_size=length - len(prefix) - 1))
    return prefix + rest + luhn_digit(prefix + rest)


def grouped(number: str, separator: str) -> str:
    return separator.join(number[start : start + 4] for start in range(0, len(number), 4))


SURROUNDINGS = st.sampled_from(["", "card ", "Visa:", "VISA", "ref_", "(", "9 ", "no. ", "12-", "\n", "ä", "x1y "])


class TestFinding:
    """What counts as a card number."""

    @pytest.mark.parametrize("number", NUMBERS)
    def test_number_of_each_network_is_found(self, number: str) -> None:
        assert holds_card_number(number)

    @given(card_numbers(), SURROUNDINGS, st.sampled_from(["", " ", "-", "_", "\u00a0", "\u2011", "\u2013"]))
    def test_it_is_found_behind_anything_and_in_groups(self, number: str, before: str, separator: str) -> None:
        assert holds_card_number(f"{before}{grouped(number, separator) if separator else number}")

    @given(card_numbers(), st.sampled_from([" ", "-"]))
    def test_it_is_found_digit_by_digit_and_between_others(self, number: str, separator: str) -> None:
        assert holds_card_number(separator.join(number))
        assert holds_card_number(f"{number} {number}")
        assert holds_card_number(f"12 {grouped(number, ' ')} 2031")

    @given(card_numbers())
    def test_it_is_found_in_other_digits(self, number: str) -> None:
        assert holds_card_number("".join(chr(0xFF10 + int(digit)) for digit in number))
        assert holds_card_number("".join(chr(0x0660 + int(digit)) for digit in number))

    @pytest.mark.parametrize("text", ["3782 822463 10005", "3056 930902 5904", "4222 222 222 222", "41111111 11111111"])
    def test_it_is_found_as_cards_print_it(self, text: str) -> None:
        assert holds_card_number(text)

    @given(card_numbers(), st.integers(1, 9))
    def test_wrong_checksum_is_none(self, number: str, by: int) -> None:
        assert not holds_card_number(number[:-1] + str((int(number[-1]) + by) % 10))

    @given(card_numbers(), st.sampled_from(["1", "9"]))
    def test_longer_run_is_none(self, number: str, digit: str) -> None:
        assert not holds_card_number(digit * 7 + number)

    @given(st.text("0123456789", min_size=13, max_size=19).filter(lambda digits: digits[0] in "0179"))
    def test_run_without_a_network_is_none(self, digits: str) -> None:
        assert not holds_card_number(digits)

    @given(st.uuids())
    def test_no_uuid_is_one(self, id_: uuid.UUID) -> None:
        assert not holds_card_number(str(id_))
        assert not holds_card_number(f"pay-{id_}")

    @given(st.text("0123456789", min_size=32, max_size=32))
    def test_no_uuid_of_digits_alone_is_one(self, digits: str) -> None:
        assert not holds_card_number(str(uuid.UUID(digits)))

    @given(st.floats(min_value=-1, max_value=1, exclude_min=True, exclude_max=True))
    def test_no_fraction_is_one(self, number: float) -> None:
        assert not holds_card_number(f"{number:.17f}")

    @pytest.mark.parametrize(
        "text",
        ["DE89 3704 0044 0532 0130 00", "AT611904300234573201", "0.4111111111111111", "4111,1111,1111,1111",
         "a4111b1111c1111d1111", "4111  1111  1111  1111", "41111-1111-111-1111", "x4111111111111111y2"],
    )  # fmt: skip
    def test_what_is_not_looked_for(self, text: str) -> None:
        assert not holds_card_number(text)

    def test_iban_with_a_wrong_checksum_hides_no_number(self) -> None:
        assert holds_card_number("AT00 4111 1111 1111 1111")

    @pytest.mark.parametrize("form", FORMS)
    def test_ids_of_systems_are_refused_as_rarely_as_documented(self, form: str) -> None:
        limits = {"13 random digits": 0.015, "16 random digits": 0.035, "16 hexadecimal digits": 0.0002}
        assert refused(form, 20_000) <= 20_000 * limits.get(form, 0)


class TestRefusing:
    """Where it is looked for, and what is said of it."""

    @pytest.mark.parametrize(
        "metadata",
        [
            f'{{"a":"{VISA}"}}', f'{{"{VISA}":1}}', f'{{"a":{VISA}}}', f'{{"a":-{VISA}}}', f'{{"a":{VISA}.00}}',
            '{"a":4.111111111111111e15}', f'{{"a":[{{"b":["x",{{"c":"no {grouped(VISA, " ")}."}}]}}]}}',
            f'{{"a":"\\n\\t{VISA}\\n"}}', f'{{"a":"\\u0034{VISA[1:]}"}}',
        ],
    )  # fmt: skip
    def test_metadata_with_one_is_refused(self, metadata: str) -> None:
        assert violations(metadata=metadata) == [("metadata", "card-number")]

    @pytest.mark.parametrize("id_", [VISA, f"order-{VISA}", f"order_{grouped(VISA, '-')}", grouped(VISA, "_")])
    def test_id_with_one_is_refused(self, id_: str) -> None:
        assert violations(transactionId=f'"{id_}"') == [("transactionId", "card-number")]

    def test_digits_of_several_values_are_no_number(self) -> None:
        assert parse(metadata='{"a":[4111,1111,1111,1111],"b":["4111","1111","1111","1111"]}')

    def test_other_fields_at_fault_are_named_beside_it(self) -> None:
        assert violations(transactionId=f'"{VISA}"', amount="0") == [
            ("transactionId", "card-number"), ("amount", "positive"),
        ]  # fmt: skip

    def test_setting_allows_it(self) -> None:
        text = json.dumps({**PAYMENT, "transactionId": VISA, "metadata": {"card": int(VISA)}})
        assert parse_payment(parse_object(text), allow_card_numbers=True).transaction_id == VISA
        assert Api(allow_card_numbers=True).post(text)[0] == 201

    def test_payment_that_was_queued_before_the_rule_is_stored(self) -> None:
        assert parse_accepted_payment(parse_object(IN_METADATA)).details["metadata"]

    @given(card_numbers())
    def test_neither_answer_nor_log_quotes_it(self, number: str) -> None:
        api = Api()
        for document in ({**PAYMENT, "transactionId": number}, {**PAYMENT, "metadata": {number: number}}):
            status, answer = api.post(json.dumps(document))
            assert (status, answer["errors"][0]["rule"]) == (400, "card-number")
            assert number not in json.dumps(answer) + api.payments.logs.text
        assert api.payments.table.payments() == {}


class TestStoredBefore:
    """A payment that was stored before the rule."""

    def stored(self) -> Api:
        api = Api()
        service: PaymentService = api.payments.service
        service.store(payment())
        return api

    def test_its_replay_is_200(self) -> None:
        status, document = self.stored().post(IN_METADATA)
        assert (status, document["transactionId"]) == (200, "t-1")

    def test_other_content_under_its_id_is_refused(self) -> None:
        assert self.stored().post(json.dumps({**PAYMENT, "metadata": {"note": f"other {VISA}"}}))[0] == 400

    def test_another_field_at_fault_is_refused_without_a_look(self) -> None:
        api = self.stored()
        api.payments.table.calls.clear()
        assert api.post(json.dumps({**json.loads(IN_METADATA), "amount": "0"}))[0] == 400
        assert api.payments.table.calls == []

    @pytest.mark.parametrize("writer", [open_in(PEER, 8), closing_in(REGION, ClosingKind.HELD), None])
    def test_region_that_cannot_know_says_503(self, writer: object) -> None:
        api = Api()
        api.payments.set_writer(writer)  # type: ignore[arg-type]  # a writer or none
        assert api.post(IN_METADATA)[0] == 503

    def test_table_that_does_not_answer_makes_503(self) -> None:
        api = self.stored()
        api.payments.table.fail("get_item", throttled())
        assert api.post(IN_METADATA)[0] == 503


def payment() -> Payment:
    return Payment("t-1", Decimal("10.50"), "EUR", {"metadata": f'{{"note":"card {VISA}"}}'})
