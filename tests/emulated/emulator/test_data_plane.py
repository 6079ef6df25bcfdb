"""A region answers for its own names only, to requests signed for it."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from emulator import Emulator
from tests.emulated.emulator.sample_api import FAILOVER_NAME, STAGE, SampleApi
from tests.emulated.emulator.sending import ApiAnswer, ApiCaller
from tests.emulated.waiting import eventually

Ask = Callable[..., ApiAnswer]


@pytest.fixture
def ask(plain_emulator: Emulator, sample_api: SampleApi) -> Ask:
    """Send an unsigned GET to a region's data plane."""

    def get(region: str, host: str, path: str = "/health") -> ApiAnswer:
        return ApiCaller(plain_emulator, host).send(region, "GET", path)

    return get


class TestNames:
    """Which host names a region's listener answers."""

    @pytest.mark.parametrize("region", ["us-east-1", "us-east-2"])
    def test_each_region_answers_the_failover_name_with_its_own_api(self, ask: Ask, region: str) -> None:
        answer = ask(region, FAILOVER_NAME)
        assert (answer.status, answer.json()["region"]) == (200, region)

    def test_a_region_answers_its_own_name(self, ask: Ask, sample_api: SampleApi) -> None:
        answer = ask("us-east-2", f"us-east-2.{FAILOVER_NAME}")
        assert (answer.status, answer.json()["path"]) == (200, "/health")

    def test_another_regions_name_is_refused(self, ask: Ask, sample_api: SampleApi) -> None:
        assert ask("us-east-2", f"us-east-1.{FAILOVER_NAME}").status == 403

    def test_a_region_without_the_api_refuses_the_failover_name(self, ask: Ask, sample_api: SampleApi) -> None:
        assert ask("us-west-2", FAILOVER_NAME).status == 403

    def test_an_unknown_name_is_refused(self, ask: Ask, sample_api: SampleApi) -> None:
        assert ask("us-east-1", "api.elsewhere.example.com").status == 403

    def test_the_address_alone_is_refused(self, ask: Ask, sample_api: SampleApi) -> None:
        assert ask("us-east-1", "127.0.1.1").status == 403

    def test_an_unknown_path_is_a_missing_token(self, ask: Ask, sample_api: SampleApi) -> None:
        assert ask("us-east-1", FAILOVER_NAME, "/nothing").status == 403

    def test_the_default_endpoint_takes_the_stage(self, ask: Ask, sample_api: SampleApi) -> None:
        host = f"{sample_api.api_ids['us-east-2']}.execute-api.us-east-2.amazonaws.com"
        answer = ask("us-east-2", host, f"/{STAGE}/health")
        assert (answer.status, answer.json()["region"]) == (200, "us-east-2")

    def test_another_regions_default_endpoint_is_refused(self, ask: Ask, sample_api: SampleApi) -> None:
        api_id = sample_api.api_ids["us-east-2"]
        for host in (f"{api_id}.execute-api.us-east-2.amazonaws.com", f"{api_id}.execute-api.us-east-1.amazonaws.com"):
            assert ask("us-east-1", host, f"/{STAGE}/health").status == 403

    @pytest.mark.parametrize("path", ["/restapis/{}/live/_user_request_/health", "/_aws/execute-api/{}/live/health"])
    def test_ministacks_addressing_by_path_is_not_served(self, ask: Ask, sample_api: SampleApi, path: str) -> None:
        api_id = sample_api.api_ids["us-east-1"]
        assert ask("us-east-1", FAILOVER_NAME, path.format(api_id)).status == 403

    @pytest.mark.parametrize("path", ["/_ministack/health", "/_localstack/health", "/oauth2/authorize", "/v2/"])
    def test_other_services_are_not_served(self, ask: Ask, sample_api: SampleApi, path: str) -> None:
        assert ask("us-east-1", FAILOVER_NAME, path).status == 403

    def test_certificates_are_verified(self, plain_emulator: Emulator, tmp_path: Path) -> None:
        other = tmp_path / "ca.pem"
        trustme.CA().cert_pem.write_to_path(str(other))
        with pytest.raises(ssl.SSLCertVerificationError):
            ApiCaller(plain_emulator, FAILOVER_NAME, ca_file=str(other)).send("us-east-1", "GET", "/")


def test_a_connection_that_its_client_closes_is_forgotten(
    ask: Ask, plain_emulator: Emulator, sample_api: SampleApi
) -> None:
    """At once, and not when it would have been idle for too long: each holds 0.3 MB, most of it TLS."""

    def connections() -> int:
        return int(plain_emulator.status()["connections"]["open"])

    before = connections()
    for _ in range(50):
        assert ask("us-east-1", FAILOVER_NAME).status == 200

    def forgotten() -> None:
        assert connections() < before + 10

    eventually(forgotten)


class TestSignatures:
    """POST /payment is for callers whose policy allows `execute-api:Invoke`, signed for the region that answers."""

    def payer(self, emulator: Emulator, api: SampleApi) -> ApiCaller:
        return ApiCaller(emulator, FAILOVER_NAME, credentials=api.payer)

    @pytest.mark.parametrize("region", ["us-east-1", "us-east-2"])
    def test_sigv4a_for_all_regions_is_accepted_everywhere(
        self, plain_emulator: Emulator, sample_api: SampleApi, region: str
    ) -> None:
        answer = self.payer(plain_emulator, sample_api).post(region, {"amount": 1})
        assert (answer.status, answer.json()["region"]) == (200, region)
        assert answer.json()["identity"].endswith(":user/payer")

    def test_sigv4a_for_a_list_of_regions(self, plain_emulator: Emulator, sample_api: SampleApi) -> None:
        payer = self.payer(plain_emulator, sample_api)
        assert payer.post("us-east-2", {}, signed_for="us-east-1,us-east-2").status == 200
        assert payer.post("us-east-2", {}, signed_for="us-east-1,eu-west-1").status == 403

    def test_sigv4_is_bound_to_its_region(self, plain_emulator: Emulator, sample_api: SampleApi) -> None:
        payer = self.payer(plain_emulator, sample_api)
        assert payer.post("us-east-2", {}, signed_for="us-east-2", sigv4a=False).status == 200
        assert payer.post("us-east-2", {}, signed_for="us-east-1", sigv4a=False).status == 403

    def test_a_forged_signature_is_refused(self, plain_emulator: Emulator, sample_api: SampleApi) -> None:
        forged = type(sample_api.payer)(sample_api.payer.access_key, "not the secret")
        for sigv4a in (True, False):
            answer = ApiCaller(plain_emulator, FAILOVER_NAME, credentials=forged).post(
                "us-east-1", {}, signed_for="us-east-1", sigv4a=sigv4a
            )
            assert answer.status == 403

    def test_the_policy_must_allow_the_call(self, plain_emulator: Emulator, sample_api: SampleApi) -> None:
        stranger = ApiCaller(plain_emulator, FAILOVER_NAME, credentials=sample_api.stranger)
        answer = stranger.post("us-east-1", {})
        assert (answer.status, b"execute-api:Invoke" in answer.body) == (403, True)

    def test_unsigned_is_refused(self, plain_emulator: Emulator, sample_api: SampleApi) -> None:
        assert ApiCaller(plain_emulator, FAILOVER_NAME).post("us-east-1", {}).status == 403

    def test_a_method_without_authorization_ignores_signatures(
        self, plain_emulator: Emulator, sample_api: SampleApi
    ) -> None:
        payer = self.payer(plain_emulator, sample_api)
        assert payer.send("us-east-2", "GET", "/health", signed_for="eu-west-1", sigv4a=False).status == 200
