"""What each region answers to whom: the probes without authorization, and nothing but its own names and routes."""

import pytest

from sandbox.payer import RequestSender
from tests.emulated.payments import new_payment
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site, host_of
from tests.emulated.writing import current_writer


def at(site: Site, host: str) -> RequestSender:
    """Return a client without credentials at another host name."""
    return RequestSender(site.deployment.emulator, host)


@pytest.mark.parametrize("region", REGIONS)
class TestProbes:
    """What health checks and operators ask."""

    def test_health_needs_no_authorization(self, anyone: RequestSender, region: str) -> None:
        answer = anyone.send(region, "GET", "/health")
        assert (answer.status, answer.json()) == (200, {"status": "healthy", "region": region})

    def test_health_under_the_regions_own_name(self, site: Site, region: str) -> None:
        assert at(site, f"{region}.{site.host}").send(region, "GET", "/health").json()["region"] == region

    def test_writer_says_who_owns_and_needs_no_authorization(
        self, site: Site, anyone: RequestSender, region: str
    ) -> None:
        answer = anyone.send(region, "GET", "/writer")
        assert answer.status == (200 if region == PRIMARY else 404)
        assert answer.json() == {
            "region": PRIMARY,
            "epoch": current_writer(site).epoch,
            "state": "open",
            "servedBy": region,
        }


class TestRefusals:
    """Everything that is not a route answers 403 (FACTS 3.5)."""

    @pytest.mark.parametrize("path", ["/", "/payments", "/payment", "/payment/a/b", "/health/deep", "/live/health"])
    def test_unknown_paths(self, anyone: RequestSender, path: str) -> None:
        answer = anyone.send(PRIMARY, "GET", path)
        assert (answer.status, answer.json()["message"]) == (403, "the request was refused")

    @pytest.mark.parametrize(("method", "path"), [("DELETE", "/payment"), ("POST", "/health"), ("PUT", "/writer")])
    def test_unknown_methods(self, anyone: RequestSender, method: str, path: str) -> None:
        assert anyone.send(PRIMARY, method, path).status == 403

    def test_another_host(self, site: Site) -> None:
        assert at(site, "api.elsewhere.example.com").send(PRIMARY, "GET", "/health").status == 403

    def test_the_other_regions_own_name(self, site: Site) -> None:
        assert at(site, f"{STANDBY}.{site.host}").send(PRIMARY, "GET", "/health").status == 403

    def test_a_region_without_the_stack(self, anyone: RequestSender) -> None:
        assert anyone.send("us-west-2", "GET", "/health").status == 403


@pytest.mark.parametrize("region", REGIONS)
def test_the_default_endpoint_takes_payments_too(site: Site, payer: RequestSender, region: str) -> None:
    host = host_of(site.output("execute_api_urls", region))
    direct = RequestSender(site.deployment.emulator, host, credentials=payer.credentials, stage="live")
    assert direct.post(region, new_payment()).status == (201 if region == PRIMARY else 503)
