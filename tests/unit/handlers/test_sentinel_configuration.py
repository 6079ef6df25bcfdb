"""The parameters that operators set for the sentinel."""

import pytest

from handlers.standby.configuration import ConfigurationError, read_configuration, read_endpoint
from handlers.standby.decision import Configuration
from tests.unit.handlers.fakes import FakeParameters

DOCUMENT = '{"automaticTakeover": true, "peerDeadAfterSeconds": 180, "localPaymentsWithinSeconds": 120}'


class TestConfiguration:
    """The parameters that operators set."""

    def test_the_document_is_read(self) -> None:
        assert read_configuration(FakeParameters(name=DOCUMENT), "name") == Configuration(
            automatic_takeover=True, peer_dead_after_seconds=180, local_payments_within_seconds=120
        )

    @pytest.mark.parametrize(
        "document",
        [
            "", "{", "[]", "null", "1", "{}", "[" * 100_000,
            DOCUMENT.replace("true", '"true"'), DOCUMENT.replace("true", "1"), DOCUMENT.replace("180", "0"),
            DOCUMENT.replace("180", "-1"), DOCUMENT.replace("180", '"180"'), DOCUMENT.replace("180", "true"),
            DOCUMENT.replace("180", "NaN"), DOCUMENT.replace("180", "1e9"), DOCUMENT.replace("120", "null"),
            DOCUMENT.replace("}", ', "more": 1}'), '{"automaticTakeover": true}',
        ],
    )  # fmt: skip
    def test_any_other_document_is_refused(self, document: str) -> None:
        with pytest.raises(ConfigurationError, match=r"^parameter name"):
            read_configuration(FakeParameters(name=document), "name")

    @pytest.mark.parametrize(
        ("value", "endpoint"),
        [("https://a.example", "https://a.example"), ("https://a.example:8443/prod/", "https://a.example:8443/prod")],
    )
    def test_the_endpoint_is_read(self, value: str, endpoint: str) -> None:
        assert read_endpoint(FakeParameters(name=value), "name") == endpoint

    @pytest.mark.parametrize(
        "value",
        ["", "pending", "http://a.example", "file:///etc/passwd", "https://", "https://a.example?x=1", "https://a.example/#x",
         "https://a.example:99999", "https://a .example", "https://a.example\n", "https://[::1", "https://\u00e4.example"],
    )  # fmt: skip
    def test_what_is_no_https_url_is_refused(self, value: str) -> None:
        with pytest.raises(ConfigurationError, match=r"^parameter name must hold the peer's base URL"):
            read_endpoint(FakeParameters(name=value), "name")
