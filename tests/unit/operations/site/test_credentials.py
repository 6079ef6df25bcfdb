"""Rights come within seconds, and from any region that answers."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from operations.aws import Aws
from operations.credentials import session_name
from operations.errors import OperationError
from tests.unit.operations.site.network import Network, connected, raising, refusal

ROLE = "arn:aws:iam::123456789012:role/dr-operations-dev"
STANDBY, PRIMARY = "us-east-2", "us-east-1"
STS = {region: f"sts.{region}.amazonaws.com" for region in (STANDBY, PRIMARY)}
SSO = "https://company.awsapps.com/start"
PROFILES = f"""
[profile chain]
role_arn = arn:aws:iam::123456789012:role/somebody
source_profile = key
region = {PRIMARY}
[profile key]
aws_access_key_id = AKIAOWN
aws_secret_access_key = s
[profile sso]
sso_start_url = {SSO}
sso_region = {PRIMARY}
sso_account_id = 123456789012
sso_role_name = somebody
[profile program]
credential_process = /none
"""


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return connected(monkeypatch)


def assumed() -> Aws:
    return Aws.own(STANDBY, PRIMARY).assuming(ROLE, STANDBY, PRIMARY, operator="me")


class TestOwn:
    """What a profile of the caller's asks of AWS before anything else is asked."""

    @pytest.fixture(autouse=True)
    def _profiles(self, network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "config").write_text(PROFILES, encoding="utf-8")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(tmp_path))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        token = tmp_path / f"{hashlib.sha1(SSO.encode()).hexdigest()}.json"  # noqa: S324
        token.write_text('{"accessToken": "t", "expiresAt": "2099-01-01T00:00:00Z"}', encoding="utf-8")

    def test_a_role_is_assumed_at_the_standby_whichever_region_the_profile_names(
        self, network: Network, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", "chain")
        monkeypatch.setenv("AWS_DEFAULT_REGION", PRIMARY)
        monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
        Aws.own(STANDBY, PRIMARY)
        assert network.hosts == [STS[STANDBY]]

    def test_or_else_at_the_primary(self, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "chain")
        network.troubles[STS[STANDBY]] = raising(ConnectTimeoutError(endpoint_url=""))
        assert Aws.own(STANDBY, PRIMARY).credentials is not None
        assert network.hosts[-1] == STS[PRIMARY]

    @pytest.mark.parametrize("profile", ["chain", "sso"])
    def test_a_lost_region_costs_seconds_and_is_one_line(
        self, network: Network, monkeypatch: pytest.MonkeyPatch, profile: str
    ) -> None:
        monkeypatch.setenv("AWS_PROFILE", profile)
        network.troubles = dict.fromkeys(STS.values(), raising(ConnectTimeoutError(endpoint_url="https://sts")))
        with pytest.raises(OperationError, match=r"^cannot get AWS credentials: Connect timeout .*lost region$"):
            Aws.own(STANDBY, PRIMARY)
        assert [each.seconds for each in network.sent] == [(1, 2)] * 4

    def test_a_program_that_is_missing_is_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "program")
        with pytest.raises(OperationError, match=r"cannot get AWS credentials: .*No such file"):
            Aws.own(STANDBY, PRIMARY)

    def test_where_there_are_none_nothing_is_wrong_yet(self) -> None:
        assert Aws.own(STANDBY, PRIMARY).credentials is None

    def test_service_clients_keep_their_own_limits(self) -> None:
        limits = Aws.own(STANDBY).patient(attempts=6).client("s3", STANDBY).meta.config
        assert (limits.connect_timeout, limits.read_timeout, limits.retries["total_max_attempts"]) == (1, 5, 6)


class TestAssuming:
    """The standby's STS is asked, the primary's where that one does not answer."""

    def test_the_first_answers(self, network: Network) -> None:
        assumed()
        assert network.hosts == [STS[STANDBY]]

    @pytest.mark.parametrize(
        "trouble",
        [
            raising(ConnectTimeoutError(endpoint_url="")),
            raising(EndpointConnectionError(endpoint_url="")),
            raising(ReadTimeoutError(endpoint_url="")),
            raising(ConnectionClosedError(endpoint_url="")),
            refusal(500, "InternalFailure"),
            refusal(503, "ServiceUnavailable"),
            refusal(400, "Throttling"),
        ],
        ids=["no connection", "no route", "no answer", "cut off", "500", "503", "throttled"],
    )
    def test_the_other_is_asked_after_a_second_try(self, network: Network, trouble: Callable[[], Any]) -> None:
        network.troubles[STS[STANDBY]] = trouble
        assumed()
        assert network.hosts == [STS[STANDBY], STS[STANDBY], STS[PRIMARY]]

    def test_so_it_is_where_sts_is_switched_off(self, network: Network) -> None:
        network.troubles[STS[STANDBY]] = refusal(403, "RegionDisabledException")
        assumed()
        assert network.hosts == [STS[STANDBY], STS[PRIMARY]]

    def test_a_refusal_is_everywhere_the_same(self, network: Network) -> None:
        network.troubles[STS[STANDBY]] = refusal(403, "AccessDenied")
        with pytest.raises(OperationError, match=rf"^--role {ROLE} cannot be assumed: .*AccessDenied.*"):
            assumed()
        assert set(network.hosts) == {STS[STANDBY]}

    def test_role_that_demands_a_source_identity_gets_the_operators(self, network: Network) -> None:
        """The first request is refused; a role without the demand must not be sent one, which it would refuse."""
        network.troubles[STS[STANDBY]] = refusal(403, "AccessDenied")
        with pytest.raises(OperationError):
            assumed()
        assert [each.form.get("SourceIdentity") for each in network.sent] == [None, "dr-me"]

    def test_both_are_lost(self, network: Network) -> None:
        network.troubles = dict.fromkeys(STS.values(), raising(ConnectTimeoutError(endpoint_url="https://sts")))
        with pytest.raises(OperationError, match=rf"^--role {ROLE} cannot be assumed: Connect timeout"):
            assumed()

    def test_the_environment_cannot_send_it_to_one_place_for_all(
        self, network: Network, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
        assumed()
        assert network.hosts == [STS[STANDBY]]

    def test_cloudtrail_names_the_operator(self, network: Network) -> None:
        assumed()
        assert network.sent[0].form["RoleSessionName"] == "dr-me"

    def test_each_try_is_short(self, network: Network) -> None:
        assumed()
        assert {each.seconds for each in network.sent} == {(1, 2)}

    def test_the_regions_are_asked_anew_when_the_rights_are_renewed(self, network: Network) -> None:
        credentials: Any = assumed()._session.get_credentials()
        network.troubles[STS[STANDBY]] = raising(ConnectTimeoutError(endpoint_url=""))
        credentials._expiry_time = credentials._time_fetcher()
        credentials.get_frozen_credentials()
        assert network.hosts[-1] == STS[PRIMARY]


@pytest.mark.parametrize(
    ("operator", "taken"),
    [
        ("on call, incident 4711", "dr-on-call,-incident-4711"),
        ("me@example.com", "dr-me@example.com"),
        ("  Zoë  ", "dr-Zo"),
        ("当番", "dr-operations"),
        (None, "dr-operations"),
        ("x" * 100, "dr-" + "x" * 61),
    ],
)
def test_sts_takes_a_name_in_letters_and_digits(operator: str | None, taken: str) -> None:
    assert session_name(operator) == taken
