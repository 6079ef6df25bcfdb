"""Whoever may assume the operations role, and may nothing else, finds the site and operates it."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ConnectTimeoutError

from operations.cli import app as command_line
from operations.cli.exit_status import REFUSED
from operations.cli.options import SessionOptions
from operations.cli.session import Session, open_session
from operations.errors import OperationError
from operations.site import Site
from tests.unit.operations.site.network import ACCOUNT, Network, connected, raising, refusal
from tests.unit.operations.site.outputs import outputs

ROLE = f"arn:aws:iam::{ACCOUNT}:role/dr-operations-dev"
STANDBY = "sts.us-east-2.amazonaws.com"
FOUND = {**outputs(), "operations_role_arn": ROLE}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Network:
    """A machine with a checkout in which Terraform has not worked."""
    for name in ("EMULATOR_CONTROL_URL", "EMULATOR_DNS_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("operations.cli.session.ROOT", tmp_path)
    network = connected(monkeypatch)
    network.parameter = json.dumps(FOUND)
    return network


def assumed(network: Network) -> list[str]:
    return [each.form["RoleArn"] for each in network.sent if each.action == "AssumeRole"]


def opened(role: str | None, file: Path | None = None) -> Session:
    return open_session(SessionOptions(environment="dev", outputs=file, role=role))


class TestSite:
    """`--role site`."""

    def test_the_role_of_the_callers_account_reads_where_the_site_is(self, network: Network) -> None:
        assert opened("site").site == Site.from_outputs(FOUND)
        assert assumed(network) == [ROLE]
        assert [host for host in network.hosts if host.startswith("sts.")] == [STANDBY] * 2

    def test_where_the_outputs_are_given_theirs_is_assumed(self, network: Network, tmp_path: Path) -> None:
        file = tmp_path / "outputs.json"
        file.write_text(json.dumps({"payments-dr-dev": outputs()}), encoding="utf-8")
        opened("site", file)
        assert assumed(network) == [outputs()["operations_role_arn"]]
        assert {each.action for each in network.sent} == {"AssumeRole"}

    def test_role_of_the_parameter_is_assumed(self, network: Network) -> None:
        network.parameter = json.dumps(outputs())
        opened("site")
        assert assumed(network) == [ROLE, outputs()["operations_role_arn"]]

    def test_primary_provides_the_account_if_the_standby_is_lost(self, network: Network) -> None:
        network.troubles[STANDBY] = raising(ConnectTimeoutError(endpoint_url=""))
        assert opened("site").site == Site.from_outputs(FOUND)

    @pytest.mark.parametrize(
        ("trouble", "said"),
        [
            (refusal(403, "InvalidClientTokenId"), "AWS did not return the caller's account: .*InvalidClientTokenId"),
            (raising(ConnectTimeoutError(endpoint_url="x")), "AWS did not return the caller's account: Connect time"),
        ],
        ids=["unknown key", "both lost"],
    )
    def test_why_there_is_no_site_is_one_line(self, network: Network, trouble: object, said: str) -> None:
        network.troubles = dict.fromkeys((STANDBY, "sts.us-east-1.amazonaws.com"), trouble)  # type: ignore[arg-type]
        found = rf'^no deployment "dev" is found, .*Terraform has not worked in .*; {said}.*$'
        with pytest.raises(OperationError, match=found):
            opened("site")


def test_a_role_that_is_named_reads_it_as_well(network: Network) -> None:
    other = "arn:aws:iam::210987654321:role/drills"
    opened(other)
    assert assumed(network) == [other]
    assert "GetCallerIdentity" not in {each.action for each in network.sent}


def test_the_callers_own_rights_assume_nothing(network: Network) -> None:
    with pytest.raises(OperationError, match="AccessDenied"):
        opened(None)
    assert assumed(network) == []


def test_nothing_is_asked_where_boto3_and_payments_part(
    network: Network, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert command_line.main(["status", "--role", "site"]) == REFUSED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("dr: AWS_ENDPOINT_URL must lead to where payments and DNS are")
    assert network.sent == []
