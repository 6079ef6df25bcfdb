"""The payment client against both regions: by DNS, and without waiting for it."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from client.attempt_results import AttemptResult
from client.dns import Resolver
from client.endpoints import Endpoints, EndpointsUnknownError, find_endpoints
from client.errors import PaymentError
from client.multi_region import MultiRegionClient, Paid
from client.payments import PaymentClient
from emulator import Emulator
from emulator.regions import region_of_address
from sandbox.payer import RequestSender
from tests.emulated.payments import new_payment
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import await_answer, move_writer, unattended

ROOT = Path(__file__).resolve().parents[2]

Connect = Callable[[str], PaymentClient]


@pytest.fixture(scope="module")
def resolver(emulator: Emulator) -> Resolver:
    return Resolver(("127.0.0.1", emulator.dns_port))


@pytest.fixture(scope="module")
def connect(emulator: Emulator, resolver: Resolver, payer_credentials: Credentials) -> Connect:
    """Make a client of an endpoint that may pay."""

    def client(endpoint_url: str) -> PaymentClient:
        return PaymentClient(
            endpoint_url,
            credentials=payer_credentials,
            resolver=resolver,
            port=emulator.data_plane_port,
            ca_file=emulator.ca_file,
        )

    return client


class Recorded(MultiRegionClient):
    """A client that keeps the ids of what it was told to pay."""

    def __init__(self, primary: PaymentClient, standby: PaymentClient) -> None:
        super().__init__(primary, standby)
        self.ids: list[str] = []

    def pay(self, payment: Mapping[str, object] | bytes) -> Paid:
        assert isinstance(payment, Mapping)
        self.ids.append(str(payment["transactionId"]))
        return super().pay(payment)


@pytest.fixture
def client(site: Site, connect: Connect) -> Iterator[MultiRegionClient]:
    """A client of both regions that has just been started; after the test, what it paid is there once."""
    outputs = site.deployment.outputs
    client = Recorded(connect(outputs["primary_endpoint_url"]), connect(outputs["standby_endpoint_url"]))
    before = site.settled_count()
    yield client

    def same() -> None:
        for id_ in client.ids:
            stored = site.stored(PRIMARY, id_)
            assert stored is not None
            assert stored == site.stored(STANDBY, id_)

    eventually(same)
    assert site.settled_count() >= before + len(client.ids)


def region_of(paid: Paid) -> str:
    return paid.endpoint_url.removeprefix("https://").partition(".")[0]


def test_a_plain_client_pays_where_dns_says(site: Site, connect: Connect, resolver: Resolver) -> None:
    plain, payment = connect(site.deployment.outputs["failover_endpoint_url"]), new_payment()
    answer = plain.pay(payment)
    assert (answer.status, answer.json()["region"]) == (201, region_of_address(resolver.address(site.host)))
    assert plain.get(payment["transactionId"]).json() == answer.json()
    assert plain.probe().status == 200


def test_a_default_endpoint_is_paid_at_with_its_stage(site: Site, connect: Connect) -> None:
    assert connect(site.output("execute_api_urls", PRIMARY)).pay(new_payment()).status == 201


def pay_at_last(client: MultiRegionClient, payment: dict[str, Any]) -> Paid:
    """Pay, and again after each deadline, with the same id, as a payer would."""

    def paid() -> Paid:
        try:
            return client.pay(payment)
        except PaymentError as error:
            raise AssertionError(str(error)) from error

    return eventually(paid, within=300)


class TestMoves:
    """The multi-region client in trouble: nothing is lost, and nothing is paid twice."""

    def test_it_pays_in_the_primary(self, client: MultiRegionClient) -> None:
        paid = client.pay(new_payment())
        assert (region_of(paid), paid.response.status, len(paid.attempts)) == (PRIMARY, 201, 1)

    def test_it_follows_the_writer_within_one_payment(
        self, site: Site, client: MultiRegionClient, payer: RequestSender
    ) -> None:
        client.pay(new_payment())
        with ThreadPoolExecutor(1) as pool:
            moving = pool.submit(move_writer, site, STANDBY)
            try:

                def refused() -> Paid:
                    paid = client.pay(new_payment())
                    assert len(paid.attempts) > 1
                    return paid

                moved = eventually(refused)
                after = client.pay(new_payment())
                assert (region_of(moved), region_of(after), len(after.attempts)) == (STANDBY, STANDBY, 1)
                assert {attempt.verdict for attempt in moved.attempts} == {AttemptResult.REFUSED, AttemptResult.FINAL}
            finally:
                moving.result()
                move_writer(site, PRIMARY)
                await_answer(payer, 201)

    @pytest.mark.parametrize("mode", ["refuse", "hang"])
    def test_a_lost_primary_is_left_within_one_payment(
        self, site: Site, client: MultiRegionClient, payer: RequestSender, mode: str
    ) -> None:
        """The standby's ticker takes over by itself, and the payment waits for it."""
        with unattended(site), site.deployment.emulator.inject("region-down", region=PRIMARY, mode=mode):
            moved, after = pay_at_last(client, new_payment()), client.pay(new_payment())
        move_writer(site, PRIMARY, replica=STANDBY)
        await_answer(payer, 201)
        assert (region_of(moved), region_of(after), len(after.attempts)) == (STANDBY, STANDBY, 1)


class TestEndpoints:
    """Where both endpoints are looked up, whatever is out of reach."""

    @pytest.fixture
    def expected(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> Endpoints:
        for name, value in site.deployment.emulator.environment.items():
            monkeypatch.setenv(name, value)
        outputs = site.deployment.outputs
        return Endpoints(outputs["primary_endpoint_url"], outputs["standby_endpoint_url"])

    @pytest.mark.parametrize("down", [(), (PRIMARY,), (STANDBY,)])
    def test_one_region_is_enough(self, site: Site, expected: Endpoints, down: tuple[str, ...]) -> None:
        with contextlib.ExitStack() as faults:
            for region in down:
                faults.enter_context(site.deployment.emulator.inject("service-down", region=region, service="ssm"))
            assert find_endpoints(site.suffix, PRIMARY, STANDBY) == expected

    def test_what_was_found_is_kept(self, site: Site, expected: Endpoints, tmp_path: Path) -> None:
        kept, emulator = tmp_path / "endpoints.json", site.deployment.emulator
        find_endpoints(site.suffix, PRIMARY, STANDBY, kept=kept)
        with (
            emulator.inject("service-down", region=PRIMARY, service="ssm"),
            emulator.inject("service-down", region=STANDBY, service="ssm"),
        ):
            assert find_endpoints(site.suffix, PRIMARY, STANDBY, kept=kept) == expected
            with pytest.raises(EndpointsUnknownError, match=f"{STANDBY}: .*{PRIMARY}: "):
                find_endpoints(site.suffix, PRIMARY, STANDBY)


def run(site: Site, credentials: Credentials, *arguments: str) -> subprocess.CompletedProcess[str]:
    keys = {"AWS_ACCESS_KEY_ID": credentials.access_key, "AWS_SECRET_ACCESS_KEY": credentials.secret_key}
    return subprocess.run(
        [sys.executable, "-m", "client", *arguments],
        cwd=ROOT,
        env={**os.environ, **site.deployment.emulator.environment, **keys},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_pays_reads_and_watches(site: Site, payer_credentials: Credentials) -> None:
    outputs, payment = site.deployment.outputs, new_payment()
    id_, url = payment["transactionId"], outputs["failover_endpoint_url"]
    both = ("--endpoint", outputs["primary_endpoint_url"], "--endpoint", outputs["standby_endpoint_url"])
    paid = run(site, payer_credentials, "pay", "--amount", "10.50", "--id", id_, *both)
    assert (paid.returncode, paid.stdout.splitlines()[0]) == (0, "201 Created"), paid.stderr
    assert outputs["primary_endpoint_url"] in paid.stderr
    assert run(site, payer_credentials, "get", id_, *both).stdout == paid.stdout.replace("201 Created", "200 OK")
    watched = run(site, payer_credentials, "watch", "--endpoint", url, "--count", "2", "--every", "0.1")
    assert (watched.returncode, watched.stdout.count('"healthy"')) == (0, 2)
