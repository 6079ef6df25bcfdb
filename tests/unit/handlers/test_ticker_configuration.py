"""The parameters of a ticker."""

import pytest

from handlers.tickers.configuration import (
    CACHE_SECONDS,
    RETRY_SECONDS,
    ConfigurationError,
    TickerConfiguration,
    parse_endpoint,
    parse_recovery_point,
)
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.fakes import FakeParameters, function_clock, timed_out

DOCUMENT = '{"recoveryPointSeconds": 300}'


class TestDocument:
    """What operators set."""

    @pytest.mark.parametrize(("document", "seconds"), [(DOCUMENT, 300), ('{"recoveryPointSeconds": 0.5}', 0.5)])
    def test_it_is_read(self, document: str, seconds: float) -> None:
        assert parse_recovery_point(document, "name") == seconds

    @pytest.mark.parametrize(
        "document",
        ["", "{", "[]", "null", "1", "{}", "[" * 100_000, '{"recoveryPointSeconds": 1, "more": 1}',
         *(f'{{"recoveryPointSeconds": {value}}}' for value in ('"300"', "true", "0", "-1", "NaN", "1e9", "null"))],
    )  # fmt: skip
    def test_any_other_is_refused(self, document: str) -> None:
        with pytest.raises(ConfigurationError, match=r"^parameter name"):
            parse_recovery_point(document, "name")


class TestEndpoint:
    """The region's own base URL."""

    @pytest.mark.parametrize(
        ("value", "endpoint"),
        [("https://a.example", "https://a.example"), ("https://a.example:8443/prod/", "https://a.example:8443/prod")],
    )
    def test_it_is_read(self, value: str, endpoint: str) -> None:
        assert parse_endpoint(value, "name") == endpoint

    @pytest.mark.parametrize(
        "value",
        ["", "pending", "http://a.example", "file:///etc/passwd", "https://", "https://a.example?x=1", "https://a.example/#x",
         "https://a.example:99999", "https://a .example", "https://a.example\n", "https://[::1", "https://\u00e4.example"],
    )  # fmt: skip
    def test_what_is_no_https_url_is_refused(self, value: str) -> None:
        with pytest.raises(ConfigurationError, match=r"^parameter name must hold the region's base URL"):
            parse_endpoint(value, "name")


class TestRefresh:
    """Parameters are read every few minutes, and kept while the store does not answer."""

    def setup_method(self) -> None:
        self.time = FakeClock()
        self.parameters = FakeParameters(endpoint="https://a.example/", limit=DOCUMENT)
        self.configuration = TickerConfiguration(
            self.parameters,
            endpoint_parameter="endpoint",
            configuration_parameter="limit",
            clock=function_clock(self.time),
        )

    def known(self) -> tuple[str | None, float | None]:
        return self.configuration.endpoint, self.configuration.recovery_point_seconds

    def test_nothing_is_known_before_it_was_read(self) -> None:
        assert self.known() == (None, None)
        self.configuration.refresh()
        assert self.known() == ("https://a.example", 300)

    def test_it_is_read_again_after_some_minutes(self) -> None:
        self.configuration.refresh()
        self.configuration.refresh()
        assert len(self.parameters.calls) == 2
        self.time.advance(CACHE_SECONDS + 1)
        self.parameters.values["limit"] = DOCUMENT.replace("300", "60")
        self.configuration.refresh()
        assert self.known() == ("https://a.example", 60)

    def test_what_was_read_stays_while_the_store_does_not_answer(self) -> None:
        self.configuration.refresh()
        self.time.advance(CACHE_SECONDS + 1)
        self.parameters.fail("get_parameter", error := timed_out())
        with pytest.raises(type(error)):
            self.configuration.refresh()
        self.time.advance(RETRY_SECONDS + 1)
        self.configuration.refresh()  # holds up no further tick
        assert self.known() == ("https://a.example", 300)

    def test_what_is_unknown_is_read_again_soon(self) -> None:
        self.parameters.fail("get_parameter", error := timed_out(), times=1)
        with pytest.raises(type(error)):
            self.configuration.refresh()
        self.configuration.refresh()
        assert len(self.parameters.calls) == 1
        self.time.advance(RETRY_SECONDS + 1)
        self.configuration.refresh()
        assert self.known() == ("https://a.example", 300)

    def test_endpoint_is_known_though_the_limit_is_not(self) -> None:
        self.parameters.values["limit"] = "{"
        with pytest.raises(ConfigurationError):
            self.configuration.refresh()
        assert self.known() == ("https://a.example", None)
