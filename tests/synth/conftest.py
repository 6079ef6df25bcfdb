"""Each shipped environment, synthesized once for all tests."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from cdktf import App

from contract.names import stack_name
from contract.roles import Role
from dr_constructs.function_package import FunctionPackage, build_function_package
from dr_constructs.settings import Settings
from dr_constructs.stack import PaymentsStack
from tests.synth.checkouts import Checkout, copy_checkout, copy_sources
from tests.synth.ordinary import Ordinary
from tests.synth.reading import ROLES, Synthesized
from tests.synth.terraform import Validation

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("dev", "no-domain", "prod", "us-west-2")
WITH_DOMAIN = ("dev", "prod", "us-west-2")

Synthesize = Callable[..., Synthesized]

ORDINARY = pytest.StashKey[Ordinary]()
"""The synth without short cuts, for the one test that compares with it."""


VALIDATING, COMPARING = (Path(__file__).with_name(f"test_{name}.py") for name in ("terraform", "fast_synth"))
"""The modules that wait for the longest pieces of work, which run beside the other tests."""


def _waits(item: pytest.Item) -> bool:
    return item.path in (VALIDATING, COMPARING)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests that wait be the last."""
    items.sort(key=_waits)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start what needs nothing of theirs before the first test."""
    if _is_selected(COMPARING, session) and not session.config.option.collectonly:
        session.config.stash[ORDINARY] = Ordinary()


def _is_selected(module: Path, session: pytest.Session) -> bool:
    return any(item.path == module for item in session.items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End it, where the tests were interrupted."""
    if ORDINARY in session.config.stash:
        session.config.stash[ORDINARY].close()


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> FunctionPackage:
    """Build the functions' zip of a copy of the sources, which leaves this checkout as it was."""
    return build_function_package(copy_sources(ROOT, tmp_path_factory.mktemp("package") / "a checkout", 1_000_000_000))


@pytest.fixture(scope="session")
def synthesize(package: FunctionPackage, tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Synthesize an environment by its suffix; keyword arguments are variables such as `DR_FUNCTION_URLS`.

    In this process, which is what `main.py` does without starting Python, node and jsii for each; a test compares the
    two byte by byte.
    """

    @cache
    def synthesize(suffix: str, **variables: str) -> Synthesized:
        settings = Settings.load({"ENVIRONMENT_SUFFIX": suffix, **variables}, ROOT)
        outdir = tmp_path_factory.mktemp(suffix)
        app = App(outdir=str(outdir))
        PaymentsStack(app, stack_name(settings.environment_suffix), settings=settings, package=package)
        app.synth()
        (stack,) = (outdir / "stacks").iterdir()
        return Synthesized(settings, json.loads((stack / "cdk.tf.json").read_text()), stack)

    return synthesize


@pytest.fixture(scope="session", autouse=True)
def validation(
    synthesize: Synthesize, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Validation | None]:
    """What Terraform says of each shipped environment, on its way since the first test of this directory."""
    if not _is_selected(VALIDATING, request.session):
        yield None
        return
    started = Validation(map(synthesize, SHIPPED), tmp_path_factory.mktemp("terraform"))
    yield started
    started.close()


@pytest.fixture(scope="session", params=SHIPPED)
def shipped(request: pytest.FixtureRequest, synthesize: Synthesize) -> Synthesized:
    """Every shipped environment in turn."""
    return synthesize(request.param)


@pytest.fixture(scope="session", params=WITH_DOMAIN)
def with_domain(request: pytest.FixtureRequest, synthesize: Synthesize) -> Synthesized:
    """Every shipped environment that has a domain."""
    return synthesize(request.param)


@pytest.fixture(scope="session", params=ROLES)
def role(request: pytest.FixtureRequest) -> Role:
    """Each region by its role."""
    return Role(request.param)


@pytest.fixture(scope="session")
def dev(synthesize: Synthesize) -> Synthesized:
    return synthesize("dev")


@pytest.fixture(scope="session")
def prod(synthesize: Synthesize) -> Synthesized:
    return synthesize("prod")


@pytest.fixture(scope="session")
def no_domain(synthesize: Synthesize) -> Synthesized:
    return synthesize("no-domain")


@pytest.fixture(scope="session")
def west(synthesize: Synthesize) -> Synthesized:
    return synthesize("us-west-2")


@pytest.fixture(scope="session")
def adjusted(synthesize: Synthesize) -> Synthesized:
    """The dev environment with other values for settings that have nothing to do with each other."""
    return synthesize(
        "dev",
        DR_API_BURST_LIMIT="1",
        DR_API_RATE_LIMIT="1",
        DR_HEALTH_CHECK_FAILURE_THRESHOLD="5",
        DR_HEALTH_CHECK_INTERVAL_SECONDS="30",
        DR_HOSTED_ZONE_ID="Z0123456789ABCDEFGHIJ",
        DR_REPLICATION_LAG_THRESHOLD_SECONDS="5",
        DR_STATE_BUCKET="states-of-example",
        DR_STATE_REGION="eu-west-1",
        DR_STS_REGION="us-east-2",
    )


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A second checkout of the project, at a path that needs quoting."""
    return copy_checkout(ROOT, tmp_path_factory.mktemp("another checkout"))
