"""A changed setting reaches the region that does not serve first, and no further while that region is not well."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.deployment import PARALLELISM
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site

pytestmark = pytest.mark.prove

ROOT = Path(__file__).resolve().parents[2]
USUAL, CHANGED = 1000, 900
WATCH = "3s"


def rollout(
    site: Site, *options: str, on_line: Callable[[str], None] = lambda _: None, **settings: str
) -> tuple[int, list[str]]:
    """Run `./run rollout` in the deployment's own directory; return its status and what it printed."""
    command = (sys.executable, "-P", "-m", "rollout", "--yes", "--watch", WATCH, "--parallelism", PARALLELISM)
    with subprocess.Popen(
        [*command, *options],
        cwd=site.deployment.directory,
        env={**site.deployment.environment, **settings, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line.rstrip("\n"))
            on_line(printed[-1])
    return process.returncode, printed


def rates(site: Site) -> dict[str, float]:
    """Return the throttle of each region's payments as API Gateway has it."""
    found = {}
    for region in REGIONS:
        url = site.output("execute_api_urls", region).removeprefix("https://")
        stage = site.aws("apigateway", region).get_stage(
            restApiId=url.partition(".")[0], stageName=url.rpartition("/")[2]
        )
        found[region] = stage["methodSettings"]["*/*"]["throttlingRateLimit"]
    return found


@pytest.fixture(scope="module")
def stopped(site: Site) -> Iterator[tuple[int, list[str]]]:
    """A rollout of another rate, during which the standby's API answers nobody."""
    with ExitStack() as faults:

        def break_it(line: str) -> None:
            if line == f"Applying to {STANDBY}.":
                faults.enter_context(
                    site.deployment.emulator.inject("service-down", region=STANDBY, service="execute-api")
                )

        yield rollout(site, on_line=break_it, DR_API_RATE_LIMIT=str(CHANGED))


def test_failed_verification_stops_before_the_region_that_serves(site: Site, stopped: tuple[int, list[str]]) -> None:
    status, printed = stopped
    assert status == 1, printed
    assert printed[-1].startswith(
        f"rollout: applied: 3 changes of {STANDBY}; not applied: the other 3 changes. "
        f"Stopped: /health of {STANDBY} must answer 200, "
    )
    assert rates(site) == {STANDBY: CHANGED, PRIMARY: USUAL}


def test_order_is_shown_before_anything_is_applied(stopped: tuple[int, list[str]]) -> None:
    _, printed = stopped
    shown, applied = (
        printed.index(f"1. {STANDBY}, which does not serve: 3 changes"),
        printed.index(f"Applying to {STANDBY}."),
    )
    assert shown < applied
    assert f"2. the rest, of {PRIMARY} and of both regions: 3 changes" in printed[shown:applied]


def test_from_what_was_deployed_before_it_goes_back(site: Site, stopped: tuple[int, list[str]]) -> None:
    """The region that serves never had the change, so nothing is applied to it."""
    _, printed = rollout(site)
    assert f"Applying to {STANDBY}." in printed
    assert "Applying the rest." not in printed
    assert rates(site) == {STANDBY: USUAL, PRIMARY: USUAL}
