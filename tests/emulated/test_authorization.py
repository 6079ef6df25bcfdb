"""Who may use the payment methods: callers with the right, by signatures that are valid in the region (FACTS 3.7)."""

from collections.abc import Iterator

import pytest
from botocore.credentials import Credentials

from client.https import Response
from sandbox.payer import RequestSender
from tests.emulated.payments import new_payment
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.users import create_user

pytestmark = pytest.mark.may_be_refused


@pytest.fixture(scope="module")
def stranger(site: Site) -> RequestSender:
    """A caller with a key, and with rights elsewhere only."""
    credentials = create_user(site.aws, "stranger", {"Action": "sqs:SendMessage", "Resource": "*"})
    return RequestSender(site.deployment.emulator, site.host, credentials=credentials)


@pytest.fixture
def forger(site: Site, payer_credentials: Credentials) -> RequestSender:
    """A caller who knows a key's id, and not its secret."""
    credentials = Credentials(payer_credentials.access_key, "not the secret")
    return RequestSender(site.deployment.emulator, site.host, credentials=credentials)


def assert_refused(answer: Response) -> None:
    """Refused by the gateway, in words that tell nothing of accounts, roles or resources."""
    assert answer.status == 403
    assert answer.json()["message"] == "the request was refused"
    assert b"arn:" not in answer.body


@pytest.fixture(autouse=True)
def only_taken_payments_are_stored(site: Site, request: pytest.FixtureRequest) -> Iterator[None]:
    before = site.settled_count()
    yield
    taken = 1 if "accepted" in request.node.name and PRIMARY in request.node.name else 0
    assert site.settled_count() == before + taken


@pytest.mark.parametrize("region", REGIONS)
class TestRefusals:
    """What the payment methods answer to everybody else."""

    def test_unsigned(self, anyone: RequestSender, region: str) -> None:
        assert_refused(anyone.post(region, new_payment()))
        assert_refused(anyone.get(region, "any"))

    def test_without_the_right(self, stranger: RequestSender, region: str) -> None:
        assert stranger.post(region, new_payment()).status == 403
        assert stranger.get(region, "any").status == 403

    def test_forged(self, forger: RequestSender, region: str) -> None:
        assert_refused(forger.post(region, new_payment()))

    def test_sigv4_signed_for_the_other_region(self, payer: RequestSender, region: str) -> None:
        (other,) = set(REGIONS) - {region}
        assert payer.post(region, new_payment(), signed_for=other, sigv4a=False).status == 403

    def test_sigv4a_signed_for_other_regions(self, payer: RequestSender, region: str) -> None:
        assert payer.post(region, new_payment(), signed_for="eu-west-1,eu-west-2").status == 403


ADMITTED = {PRIMARY: 201, STANDBY: 503}
"""What a region answers whose gateway admits the caller: the standby does not own the writer."""


@pytest.mark.parametrize("region", REGIONS)
class TestAcceptance:
    """Which signatures are good in a region."""

    def test_sigv4a_for_every_region_is_accepted(self, payer: RequestSender, region: str) -> None:
        assert payer.post(region, new_payment()).status == ADMITTED[region]

    def test_sigv4a_for_both_regions_is_accepted(self, payer: RequestSender, region: str) -> None:
        answer = payer.post(region, new_payment(), signed_for=f"{PRIMARY},{STANDBY}")
        assert answer.status == ADMITTED[region]

    def test_sigv4_for_the_region_is_accepted(self, payer: RequestSender, region: str) -> None:
        answer = payer.post(region, new_payment(), signed_for=region, sigv4a=False)
        assert answer.status == ADMITTED[region]


def test_the_payers_rights_end_at_the_payment_methods(payer: RequestSender) -> None:
    assert payer.send(PRIMARY, "DELETE", "/payment").status == 403
