"""The whole stack, deployed once for all tests of a session; each puts back what it changes."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from emulator import Emulator
from sandbox.deployment import Deployment
from sandbox.payer import RequestSender
from tests.emulated.background import BackgroundDeployment
from tests.emulated.site import PRIMARY, Aws, Site
from tests.emulated.users import administered, create_user, may_pay
from tests.emulated.writing import await_first_writer, move_writer, switch_automatic

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUTAGES = ("operations", "test_alarm_metrics.py", "test_client.py", "test_region_loss.py", "test_rollout.py")
"""What moves traffic and lets time pass faster comes after what looks at a stack in peace."""

LAST = ("test_scenarios.py", "test_destroy.py", "test_without_domain.py", "test_upgrade.py")
"""The modules that end the session: one waits for its own deployment, one destroys the stack, two deploy others."""

MAY_BE_REFUSED = "may_be_refused"
"""Marks tests in which IAM refuses something, by intent or because they take a right away."""

DEV: Mapping[str, str] = {
    "ENVIRONMENT_SUFFIX": "dev",
    "DR_PAYMENT_RECEIPTS": "true",
    "DR_RESTORE_PRINCIPAL_ARNS": "arn:aws:iam::000000000000:root",
    # Where nobody hears of alarms, `dr readiness` fails; an emulated address confirms by itself.
    "DR_ALARM_EMAILS": "on-call@example.com",
    # The alarm on payments that do not come, so that the runbook's is there; longer than the tests take.
    "DR_QUIET_MINUTES": "1440",
}
NO_DOMAIN: Mapping[str, str] = {"ENVIRONMENT_SUFFIX": "no-domain"}
DEV_ON_ITS_WAY = pytest.StashKey[BackgroundDeployment]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MAY_BE_REFUSED}: IAM may refuse something while the test runs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.path.name in LAST:
        return 2 + LAST.index(item.path.name)
    directory = item.path.parent
    moves = "operations" if directory == HERE / "operations" else item.path.name if directory == HERE else ""
    return int(moves in OUTAGES)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin to deploy before the first test, of whichever suite, if any will ask for it."""
    wanted = any("deployment" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and not missing() and not session.config.option.collectonly:
        session.config.stash[DEV_ON_ITS_WAY] = BackgroundDeployment(DEV)


def pytest_unconfigure(config: pytest.Config) -> None:
    if DEV_ON_ITS_WAY in config.stash:
        config.stash[DEV_ON_ITS_WAY].close()


def missing() -> str | None:
    """Return what is missing, if anything."""
    if shutil.which("terraform") is None:
        return "terraform is not on the PATH: install Terraform 1.11 or newer"
    if not (ROOT / "node_modules" / ".bin" / "cdktf").exists():
        return "node_modules/.bin/cdktf is missing: run `make setup`"
    return None


@pytest.fixture(scope="session")
def prerequisites() -> None:
    """Name what is missing: a suite that skips itself proves nothing."""
    if lacking := missing():
        pytest.fail(lacking, pytrace=False)


@pytest.fixture(scope="session")
def deployment(prerequisites: None, request: pytest.FixtureRequest) -> Deployment:
    return request.config.stash[DEV_ON_ITS_WAY].result()


@pytest.fixture(scope="session")
def emulator(deployment: Deployment) -> Emulator:
    return deployment.emulator


@pytest.fixture(autouse=True)
def nothing_refused(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test of the deployed stack fail on what IAM refuses while it runs, functions in the background included."""
    if "deployment" not in request.fixturenames or request.node.get_closest_marker(MAY_BE_REFUSED):
        yield
        return
    deployment: Deployment = request.getfixturevalue("deployment")
    with deployment.emulator.nothing_refused():
        yield


@pytest.fixture(scope="session")
def without_domain(request: pytest.FixtureRequest) -> Iterator[BackgroundDeployment]:
    """The stack without a domain, on its way since somebody first asked for it."""
    background = BackgroundDeployment(NO_DOMAIN)
    yield background
    background.close()


@pytest.fixture(scope="session")
def site(deployment: Deployment) -> Site:
    """The deployed stack; automatic takeover is off, since tests break a region for longer than a ticker bears."""
    site = administered(deployment)
    await_first_writer(site)
    switch_automatic(site, on=False)
    return site


@pytest.fixture(scope="module", autouse=True)
def writer_in_primary(request: pytest.FixtureRequest) -> None:
    """Begin each module that uses the deployed stack with the writer open in the primary, wherever another left it."""
    items = (item for item in request.session.items if item.path == request.path)
    if not any({"site", "deployment"} <= set(getattr(item, "fixturenames", ())) for item in items):
        return
    site: Site = request.getfixturevalue("site")
    move_writer(site, PRIMARY)


@pytest.fixture(scope="session")
def aws(site: Site) -> Aws:
    """Make clients with the administrator's rights."""
    return site.aws


@pytest.fixture(scope="session")
def payer_credentials(site: Site) -> Credentials:
    return create_user(site.aws, "payer", may_pay(site))


@pytest.fixture(scope="session")
def payer(site: Site, payer_credentials: Credentials) -> RequestSender:
    """A client that may pay, at the failover name."""
    return RequestSender(site.deployment.emulator, site.host, credentials=payer_credentials)


@pytest.fixture(scope="session")
def anyone(site: Site) -> RequestSender:
    """A client without credentials, at the failover name."""
    return RequestSender(site.deployment.emulator, site.host)
