"""The mode for teams that own no domain: default endpoints and function URLs, and no DNS at all."""

import pytest
from botocore.credentials import Credentials

from contract.environment import Function
from contract.releases import LIVE_ALIAS
from sandbox.payer import RequestSender
from tests.emulated.background import BackgroundDeployment
from tests.emulated.inventory import DNS, EVERYTHING
from tests.emulated.payments import new_payment
from tests.emulated.site import PRIMARY, REGIONS, Site, host_of
from tests.emulated.users import administered, create_user, may_pay
from tests.emulated.writing import await_first_writer


@pytest.fixture(scope="module")
def own(prerequisites: None, without_domain: BackgroundDeployment) -> Site:
    """The stack without a domain."""
    site = administered(without_domain.result())
    await_first_writer(site)
    return site


@pytest.fixture(scope="module")
def credentials(own: Site) -> Credentials:
    return create_user(own.aws, "payer", may_pay(own))


def test_another_plan_changes_nothing(own: Site) -> None:
    assert not own.deployment.has_drifted()


@pytest.mark.parametrize("kind", DNS)
@pytest.mark.parametrize("region", REGIONS)
def test_there_is_no_dns(own: Site, kind: str, region: str) -> None:
    assert EVERYTHING[kind](own.aws, region) == []


@pytest.mark.parametrize("region", REGIONS)
class TestDefaultEndpoint:
    """`https://<id>.execute-api.<region>.amazonaws.com/live`."""

    @pytest.fixture
    def payer(self, own: Site, credentials: Credentials, region: str) -> RequestSender:
        host = host_of(own.output("execute_api_urls", region))
        return RequestSender(own.deployment.emulator, host, credentials=credentials, stage="live")

    def test_it_takes_a_payment_where_the_writer_is(self, payer: RequestSender, region: str) -> None:
        payment = new_payment()
        answer = payer.post(region, payment)
        assert (answer.status, answer.json().get("region")) == ((201, PRIMARY) if region == PRIMARY else (503, None))

    def test_it_refuses_an_unsigned_one(self, payer: RequestSender, region: str) -> None:
        anyone = RequestSender(payer.emulator, payer.host, stage="live")
        assert anyone.post(region, new_payment()).status == 403

    def test_it_is_healthy(self, payer: RequestSender, region: str) -> None:
        assert RequestSender(payer.emulator, payer.host, stage="live").send(region, "GET", "/health").status == 200


@pytest.mark.parametrize("region", REGIONS)
def test_the_function_url_takes_a_payment_where_the_writer_is(own: Site, region: str) -> None:
    function = own.name(Function.PAYMENT_API, region)
    rights = {
        "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"],
        "Resource": f"arn:aws:lambda:{region}:*:function:{function}:{LIVE_ALIAS}",
    }
    user = create_user(own.aws, "caller", rights)
    host = host_of(own.output("function_urls", region))
    payer = RequestSender(own.deployment.emulator, host, credentials=user)
    assert payer.post(region, new_payment()).status == (201 if region == PRIMARY else 503)
    assert RequestSender(own.deployment.emulator, host).post(region, new_payment()).status == 403


@pytest.fixture(scope="module")
def destroyed(own: Site) -> None:
    own.deployment.destroy()


@pytest.mark.prove
@pytest.mark.parametrize("kind", EVERYTHING)
@pytest.mark.parametrize("region", REGIONS)
def test_destroying_leaves_nothing(own: Site, destroyed: None, kind: str, region: str) -> None:
    assert EVERYTHING[kind](own.aws, region) == []
