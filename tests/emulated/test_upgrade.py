"""A stack from before releases is upgraded in place, under payments; later applies move no traffic."""

import subprocess
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import pytest

from client.https import NotReachedError
from contract.environment import Function
from contract.releases import LIVE_ALIAS
from emulator import running
from sandbox.deployment import Deployment
from sandbox.payer import RequestSender
from tests.emulated.conftest import ROOT
from tests.emulated.payments import new_payment
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.users import administered, create_user, may_pay
from tests.emulated.waiting import eventually
from tests.emulated.writing import pay

pytestmark = pytest.mark.prove

BEFORE = "056401cf40"
"""The last commit without versions and aliases."""

SETTINGS = {"ENVIRONMENT_SUFFIX": "dev"}
PAUSE_SECONDS = 0.25
MANY = 50
DURABLE = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED}


@dataclass
class UpgradePayer:
    """Pays again and again while it runs, in a thread of its own; what a region refuses it sends once more.

    On a busy machine a region refuses now and then: it does not read the writer in time.
    """

    sender: RequestSender
    taken: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._pay)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _pay(self) -> None:
        payment = new_payment()
        while not self._ended.wait(PAUSE_SECONDS):
            with suppress(NotReachedError):
                status = self.sender.post(PRIMARY, payment).status
                self.statuses[status] += 1
                if status in DURABLE:
                    self.taken.append(payment["transactionId"])
                    payment = new_payment()


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkout of the commit before; it needs the repository's history."""
    root = tmp_path_factory.mktemp("earlier")
    archive = root / "earlier.tar"
    subprocess.run(["git", "-C", ROOT, "archive", "-o", archive, BEFORE], check=True)
    with tarfile.open(archive) as packed:
        packed.extractall(root, filter="data")
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    return root


@pytest.fixture(scope="module")
def upgraded(
    prerequisites: None, earlier: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, UpgradePayer]]:
    """Deploy the commit before, then this checkout, while somebody pays."""
    with running(replication_lag=0.05) as emulator:
        before = Deployment(emulator, tmp_path_factory.mktemp("upgraded"), SETTINGS, root=earlier)
        before.deploy()
        site = administered(before)
        credentials = create_user(site.aws, "payer", may_pay(site))
        sender = RequestSender(emulator, site.host, credentials=credentials)
        now = Deployment(emulator, before.directory, SETTINGS)
        with UpgradePayer(sender) as payer:
            now.deploy()
            time.sleep(5)
        yield administered(now), payer


def live(site: Site, function: Function, region: str) -> str:
    """Return the version that a function's alias points at."""
    alias = site.aws("lambda", region).get_alias(FunctionName=site.name(function, region), Name=LIVE_ALIAS)
    return str(alias["FunctionVersion"])


def move_api(site: Site, region: str) -> None:
    """Deploy the API as it is defined, as a release does."""
    apis, api = site.aws("apigateway", region), site.output("rest_api_ids", region)
    made = apis.create_deployment(restApiId=api)["id"]
    change: list[Any] = [{"op": "replace", "path": "/deploymentId", "value": made}]
    apis.update_stage(restApiId=api, stageName="live", patchOperations=change)


class TestUpgrade:
    """One apply, under payments; then what the first release does."""

    def test_payers_were_served(self, upgraded: tuple[Site, UpgradePayer]) -> None:
        _, payer = upgraded
        assert len(payer.taken) > MANY
        assert set(payer.statuses) <= {*DURABLE, HTTPStatus.SERVICE_UNAVAILABLE}, payer.statuses

    def test_no_payment_was_lost(self, upgraded: tuple[Site, UpgradePayer]) -> None:
        site, payer = upgraded

        def stored() -> None:
            assert not [payment for payment in payer.taken if site.stored(STANDBY, payment) is None]

        eventually(stored)

    def test_nothing_is_left_to_change(self, upgraded: tuple[Site, UpgradePayer]) -> None:
        site, _ = upgraded
        assert not site.deployment.has_drifted()

    def test_every_alias_points_at_what_was_brought(self, upgraded: tuple[Site, UpgradePayer]) -> None:
        site, _ = upgraded
        assert {live(site, function, region) for function in Function for region in REGIONS} == {"1"}

    def test_the_first_release_leads_the_api_to_the_alias(self, upgraded: tuple[Site, UpgradePayer]) -> None:
        site, payer = upgraded
        for region in REGIONS:
            move_api(site, region)
            functions, name = site.aws("lambda", region), site.name(Function.PAYMENT_API, region)
            for route in ("create", "read", "health", "writer"):  # as docs/deploying.md says
                functions.remove_permission(FunctionName=name, StatementId=f"api-{route}")
            functions.remove_permission(FunctionName=site.name(Function.TICKER, region), StatementId="schedule")
        pay(payer.sender, PRIMARY, new_payment())
        assert not site.deployment.has_drifted()


def test_a_later_apply_moves_no_traffic(upgraded: tuple[Site, UpgradePayer]) -> None:
    site, payer = upgraded
    later = replace(site.deployment, settings={**SETTINGS, "DR_FUNCTION_MEMORY_MB": "640"})
    later.deploy()
    functions = site.aws("lambda", PRIMARY)
    name = site.name(Function.PAYMENT_API, PRIMARY)
    latest = functions.get_function_configuration(FunctionName=name)["MemorySize"]
    reached = functions.get_function_configuration(FunctionName=name, Qualifier=LIVE_ALIAS)["MemorySize"]
    assert (latest, reached) == (640, 512)
    assert {live(site, function, region) for function in Function for region in REGIONS} == {"1"}
    pay(payer.sender, PRIMARY, new_payment())
    assert not later.has_drifted()
