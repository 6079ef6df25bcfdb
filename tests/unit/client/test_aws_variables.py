"""`AWS_…` variables that botocore cannot parse: one line that names the variable, in every program."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import botocore.session
import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.exceptions import BotoCoreError
from botocore.utils import ensure_boolean

from client import command as client_command
from client.aws_variables import CHOICES, NUMBERS, SWITCHES, BadAwsVariableError, check_aws_variables
from operations.cli import app as command_line
from sandbox.demo import main as run_demo
from sandbox.drill import main as run_drill

BAD = [
    ("AWS_ENDPOINT_URL", "localhost:4566", "must be a URL such as http://127.0.0.1:4566, got 'localhost:4566'"),
    ("AWS_ENDPOINT_URL", "http://localhost:port", "must be a URL such as http://127.0.0.1:4566, got"),
    ("AWS_ENDPOINT_URL_S3", "http://a b", "must be a URL such as http://127.0.0.1:4566, got 'http://a b'"),
    ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "abc", "must be a whole number from 1 to 1000, got 'abc'"),
    ("AWS_METADATA_SERVICE_TIMEOUT", "0.5", "must be a whole number from 1 to 3600, got '0.5'"),
    ("AWS_METADATA_SERVICE_TIMEOUT", "", "must be a whole number from 1 to 3600, got ''"),
    ("AWS_MAX_ATTEMPTS", "-1", "must be a whole number from 1 to 1000, got '-1'"),
    ("AWS_RETRY_MODE", "Standard", "must be legacy, standard or adaptive, got 'Standard'"),
    ("AWS_USE_FIPS_ENDPOINT", "1", "must be true or false, got '1'"),
    ("AWS_DEFAULT_REGION", "us east 1", "must be a region such as us-east-1, got 'us east 1'"),
    ("AWS_CA_BUNDLE", "/no/such/file", "must be a readable file, got '/no/such/file'"),
    ("AWS_CREDENTIAL_EXPIRATION", "soon", "must be a time such as 2026-01-31T12:00:00Z, got 'soon'"),
    (
        "AWS_CREDENTIAL_EXPIRATION",
        "2020-01-01T00:00:00+00:00",
        "must be in the future: sign in again, got",
    ),
    ("AWS_SESSION_TOKEN", "two\nlines", "must be printable ASCII without blanks"),
]
GOOD = [
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
    ("AWS_ENDPOINT_URL", "https://[::1]:4566/path"),
    ("AWS_ENDPOINT_URL", ""),
    ("AWS_MAX_ATTEMPTS", "5"),
    ("AWS_REQUEST_CHECKSUM_CALCULATION", "WHEN_REQUIRED"),
    ("AWS_USE_FIPS_ENDPOINT", "True"),
    ("AWS_REGION", "us-gov-west-1"),
    ("AWS_CREDENTIAL_EXPIRATION", (datetime.now(UTC) + timedelta(hours=1)).isoformat()),
    ("AWS_SESSION_TOKEN", "FwoGZXIvYXdzE/+=="),
    ("AWS_PROFILE", "on call"),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD)
def test_a_bad_value_is_refused_in_one_line_that_names_the_variable(name: str, text: str, said: str) -> None:
    with pytest.raises(BadAwsVariableError) as error:
        check_aws_variables({name: text, "AWS_PAGER": "less"})
    assert str(error.value).startswith(f"{name} {said}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("name", "text"), GOOD)
def test_a_good_value_is_taken(name: str, text: str) -> None:
    check_aws_variables({name: text})


def test_a_secret_is_not_shown() -> None:
    with pytest.raises(BadAwsVariableError, match=r"^AWS_SECRET_ACCESS_KEY must be printable ASCII without blanks$"):
        check_aws_variables({"AWS_SECRET_ACCESS_KEY": "my secret"})


def test_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(BadAwsVariableError) as error:
        check_aws_variables({"AWS_ENDPOINT_URL": "http://user:pass@word@host:port"})
    assert str(error.value) == "AWS_ENDPOINT_URL must be a URL such as http://127.0.0.1:4566, got '…@host:port'"


def test_every_variable_that_botocore_converts_has_a_rule() -> None:
    converted = {
        conversion: {name for _, name, _, by in BOTOCORE_DEFAUT_SESSION_VARIABLES.values() if name and by is conversion}
        for conversion in (int, ensure_boolean)
    }
    assert converted[int] <= NUMBERS.keys()
    assert converted[ensure_boolean] <= SWITCHES.keys()
    assert {by for *_, by in BOTOCORE_DEFAUT_SESSION_VARIABLES.values()} <= {int, ensure_boolean, None}


FAILING = [
    *sorted({*NUMBERS, *CHOICES} - {"AWS_CSM_PORT", "AWS_ENDPOINT_DISCOVERY_ENABLED"}),  # read by calls, not by clients
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_DEFAULT_REGION", "AWS_CREDENTIAL_EXPIRATION"),
]
VALUES = ["", "0", "7", "0.5", "localhost:4566", "http://h:99999", "a é"]


def fails(environment: dict[str, str], patch: pytest.MonkeyPatch) -> bool:
    """Return whether botocore makes no client with these variables."""
    for each in [each for each in os.environ if each.startswith("AWS_")]:
        patch.delenv(each)
    for each, text in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", **environment}.items():
        patch.setenv(each, text)
    try:
        session = botocore.session.Session()
        session.get_credentials()
        session.create_client("sqs", region_name=session.get_config_variable("region") or "us-east-1")
    except (ValueError, RuntimeError, BotoCoreError):
        return True
    return False


def is_refused(name: str, text: str) -> bool:
    """Return whether the variable is refused, by its name."""
    try:
        check_aws_variables({name: text})
    except BadAwsVariableError as error:
        return str(error).startswith(f"{name} ")
    return False


@pytest.mark.parametrize("name", FAILING)
def test_what_botocore_fails_at_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [text for text in VALUES if not is_refused(name, text)]
    assert not [text for text in taken if fails({name: text}, monkeypatch)]
    assert any(fails({name: text}, monkeypatch) for text in VALUES if text not in taken)


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("AWS_ENDPOINT_URL", lambda: command_line.main(["status", "--environment", "none"])),
        (
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
            lambda: client_command.main(["get", "--endpoint", "https://api.example.com", "rent-1"]),
        ),
        ("AWS_ENDPOINT_URL", run_demo),
        ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", run_drill),
    ],
    ids=["dr", "client", "demo", "drill"],
)
def test_every_program_ends_with_that_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, program: Callable[[], int]
) -> None:
    monkeypatch.setattr("sys.argv", ["program"])
    monkeypatch.setenv(name, "localhost:4566")
    assert program() in (1, 2)
    (line,) = "".join(capsys.readouterr()).splitlines()
    assert f": {name} must be a " in line
