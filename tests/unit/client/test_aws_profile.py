"""Fields of AWS's configuration files that botocore cannot parse: one line that names file, profile, field and rule."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import botocore.session
import pytest

from client import command as client_command
from client.aws_profile import BadAwsProfileError, check_aws_profile, usable_profile
from operations.cli import app as command_line

BAD = [
    ("endpoint_url = localhost:4566", "must be a URL such as http://127.0.0.1:4566, got 'localhost:4566'"),
    ("metadata_service_num_attempts = abc", "must be a whole number from 1 to 1000, got 'abc'"),
    ("metadata_service_timeout =", "must be a whole number from 1 to 3600, got ''"),
    ("max_attempts = many", "must be a whole number from 1 to 1000, got 'many'"),
    ("retry_mode = Standard", "must be legacy, standard or adaptive, got 'Standard'"),
    ("use_fips_endpoint = 1", "must be true or false, got '1'"),
    ("region = us east 1", "must be a region such as us-east-1, got 'us east 1'"),
    ("ca_bundle = /no/such/file", "must be a readable file, got '/no/such/file'"),
]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let both files be in a directory, and no variable win over them."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


def said() -> str:
    with pytest.raises(BadAwsProfileError) as error:
        check_aws_profile(botocore.session.Session())
    return str(error.value)


@pytest.mark.parametrize(("line", "rule"), BAD)
def test_a_field_is_named_with_its_profile_and_file(files: Path, line: str, rule: str) -> None:
    (files / "config").write_text(f"[default]\n{line}\n")
    assert said() == f"{line.partition(' ')[0]} of profile default in {files / 'config'} {rule}"


def test_a_field_of_the_file_of_credentials_is_named_with_that(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "config").write_text("[profile work]\nregion = us-east-1\n")
    (files / "credentials").write_text("[work]\nmax_attempts = x\n")
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert said().startswith(f"max_attempts of profile work in {files / 'credentials'} must be ")


def test_a_service_of_a_profile_is_named(files: Path) -> None:
    (files / "config").write_text("[default]\nservices = own\n[services own]\nsqs =\n  endpoint_url = x\n")
    assert said().startswith(f"endpoint_url of sqs in services own of profile default in {files / 'config'} must be ")


def test_a_profile_that_is_none_is_named_with_the_variable(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert said() == f"AWS_PROFILE must be a profile in {files / 'config'} or {files / 'credentials'}, got 'work'"


@pytest.mark.parametrize("content", [b"[default\n", b"\xff"])
def test_a_file_that_cannot_be_parsed_is_named(files: Path, content: bytes) -> None:
    (files / "config").write_bytes(content)
    assert str(files / "config") in said()


def test_other_profiles_and_what_a_variable_wins_over_are_nobodys_business(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "config").write_text(
        "[default]\nmax_attempts = x\ns3 =\n  addressing_style = path\n[profile b]\nregion = !\n"
    )
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    check_aws_profile(botocore.session.Session())


def test_what_has_no_rule_is_one_line_that_names_the_profile(files: Path) -> None:
    session = botocore.session.Session()
    where = re.escape(f"profile default in {files / 'config'} or {files / 'credentials'}")
    with pytest.raises(BadAwsProfileError, match=f"^{where} cannot be used: no JSON$"), usable_profile(session):
        raise ValueError("no\nJSON")


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (command_line.main, ["status", "--environment", "none"]),
        (client_command.main, ["get", "--endpoint", "https://api.example.com", "rent-1"]),
        (client_command.main, ["get", "--environment", "none", "rent-1"]),
    ],
    ids=["dr", "client with an endpoint", "client with an environment"],
)
def test_programs_end_with_that_line(
    files: Path, capsys: pytest.CaptureFixture[str], main: Callable[[list[str]], int], arguments: list[str]
) -> None:
    (files / "config").write_text("[default]\nmax_attempts = abc\nmetadata_service_num_attempts = abc\n")
    assert main(arguments) == 2
    (line,) = "".join(capsys.readouterr()).splitlines()
    assert f": max_attempts of profile default in {files / 'config'} must be a whole number" in line
