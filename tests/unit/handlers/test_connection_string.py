"""Where the retry worker learns of its table."""

import pytest

from handlers.payments.connection import CACHE_SECONDS, ConnectionString, ConnectionStringError, parse_connection_string
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.fakes import REGION, TABLE, FakeParameters, function_clock

PARAMETER = "/payments/connection-string"


class TestConnectionString:
    """Where the worker learns of its table."""

    def test_it_is_decrypted_and_read_again_after_some_minutes(self) -> None:
        time, parameters = FakeClock(), FakeParameters(**{PARAMETER: f"dynamodb://{REGION}/{TABLE}"})
        connection = ConnectionString(parameters, PARAMETER, REGION, function_clock(time))
        assert connection.table() == connection.table() == TABLE
        time.advance(CACHE_SECONDS + 1)
        parameters.values[PARAMETER] = f"dynamodb://{REGION}/restored"
        assert connection.table() == "restored"
        assert [request["WithDecryption"] for _, request in parameters.calls] == [True, True]

    @pytest.mark.parametrize(
        "value",
        [
            "", "payments", f"dynamodb://{REGION}", f"dynamodb://{REGION}/", f"dynamodb://{REGION}/ab",
            f"dynamodb://{REGION}/a b c", f"https://{REGION}/table", f"dynamodb://{REGION}/table\n",
            "dynamodb://us-east-2/table", f"dynamodb://{REGION}/{'x' * 256}",
        ],
    )  # fmt: skip
    def test_what_is_no_connection_string_of_the_own_region_is_refused_and_not_quoted(self, value: str) -> None:
        with pytest.raises(ConnectionStringError) as raised:
            parse_connection_string(value, region=REGION)
        assert not value or value not in str(raised.value)
