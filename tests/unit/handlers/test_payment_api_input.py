"""Input that is bad: 400, names what is wrong, stores nothing."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.handlers.api import Api, rest


@pytest.fixture
def api() -> Api:
    return Api()


class TestBadInput:
    """400: names what is wrong, stores nothing."""

    @pytest.mark.parametrize(
        ("body", "rule"),
        [
            (None, "required"), ("", "required"), ({"a": 1}, "type"), (b"{}", "type"), (5, "type"), ("no", "json"),
            ("[]", "object"), ("\ud800", "utf8"), ('{"a":"\ud800"}', "utf8"), (" " * 70_000 + "{}", "size"),
            ("[" * 60_000, "json"), ('{"transactionId":', "json"),
        ],
    )  # fmt: skip
    def test_400_names_the_body(self, api: Api, body: object, rule: str) -> None:
        status, document = api.send(rest("POST", "/payment", body=body))
        assert status == 400
        assert [(error["field"], error["rule"]) for error in document["errors"]] == [("body", rule)]

    @pytest.mark.parametrize(
        ("body", "rule"), [("%%%", "base64"), ("e30", "base64"), ("\u00e9", "utf8"), ("/w==", "utf8")]
    )
    def test_400_for_what_is_no_base64_of_utf8(self, api: Api, body: str, rule: str) -> None:
        status, document = api.post(body, isBase64Encoded=True)
        assert (status, document["errors"][0]["rule"]) == (400, rule)

    def test_400_names_every_field_and_stores_nothing(self, api: Api) -> None:
        status, document = api.post('{"amount":1.00001,"currency":"eur","extra":1,"card":"4111"}')
        assert status == 400
        named = [error["field"] for error in document["errors"]]
        assert named == ["extra", "card", "transactionId", "amount", "currency"]
        assert api.payments.table.calls == api.payments.probe.calls == api.payments.queue.calls == []

    def test_400_comes_before_503(self, api: Api) -> None:
        api.payments.set_writer(None)
        assert api.post("{}")[0] == 400

    @given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")), st.booleans())
    def test_no_bytes_make_it_fail_or_store(self, body: bytes, encoded: bool) -> None:  # noqa: FBT001
        api = Api()
        sent = base64.b64encode(body).decode() if encoded else body.decode("latin-1")
        status, document = api.post(sent, isBase64Encoded=encoded)
        assert status == 400
        assert document["errors"]
        assert api.payments.table.payments() == {}

    @given(st.dictionaries(
        st.sampled_from(["transactionId", "amount", "currency", "metadata", "x"]),
        st.sampled_from(["t", "EUR", "1.00", {}, {"a": 1}]) | st.floats() | st.integers() | st.text() | st.none(),
    ))  # fmt: skip
    def test_a_payment_is_stored_exactly_when_the_answer_says_so(self, document: dict[str, object]) -> None:
        api = Api()
        status, _ = api.post(json.dumps(document))
        assert status in {201, 400}
        assert len(api.payments.table.payments()) == (status == 201)
