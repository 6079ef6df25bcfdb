"""`dr status` under the operations role: against a whole site, and with a region that answers nothing."""

import time
from pathlib import Path
from typing import Any

import pytest

from contract.roles import Role
from emulator import Emulator
from operations.assumed_role import SITE_ROLE, Rights
from operations.aws import Aws
from operations.site import Site as OperatedSite
from operations.site_source import DEFAULT_REGIONS, load_site
from tests.emulated.operations.commands import Ended, dr
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.users import create_user
from tests.emulated.waiting import eventually

UNREADABLE = ("control", "owns", "health", "ticker", "glass", "alarms", "bucketBacklog")
ITEMS = ("heartbeats", "queues")


def is_known(reading: dict[str, Any]) -> bool:
    return "value" in reading


STEADY = {"primaryWriter": True, "standbyWriter": False, "standbyHealth": True, "serving": True}
"""What Route 53's checkers see while the primary owns the writer."""


def seen(document: Any) -> dict[str, bool | None]:
    """Return the known status of each health check."""
    return {name: reading.get("value") for name, reading in document["healthChecks"].items()}


@pytest.fixture(scope="module")
def status(site: Site) -> Any:
    """Return the status once both regions are healthy.

    Route 53 needs three probes for a new endpoint, and functions with a new configuration restart.
    """

    def all_is_well() -> Any:
        ended = dr(site, "status")
        assert ended.status == 0
        assert ended.document["dns"]["value"]["role"] == {"value": "primary"}
        assert seen(ended.document) == STEADY
        assert all(region["health"] == {"value": True} for region in ended.document["regions"].values())
        assert all(is_known(region["owns"]) for region in ended.document["regions"].values())
        assert ended.document["regions"]["standby"]["heartbeats"]["primary"].get("value")
        return ended.document

    with site.deployment.emulator.nothing_refused():
        return eventually(all_is_well, within=150)


class TestSteadyState:
    """Everything answers."""

    @pytest.mark.parametrize("role", Role)
    def test_each_region_reads_the_same_open_writer(self, status: Any, role: Role) -> None:
        writer = status["regions"][role]["control"]["value"]
        assert (writer["region"], writer["state"]) == (PRIMARY, "open")
        assert status["writer"]["value"]["epoch"] == writer["epoch"]

    @pytest.mark.parametrize("role", Role)
    def test_each_endpoint_is_healthy_and_says_whether_it_owns(self, status: Any, role: Role) -> None:
        assert status["regions"][role]["health"] == {"value": True}
        assert status["regions"][role]["owns"] == {"value": role is Role.PRIMARY}

    @pytest.mark.parametrize("role", Role)
    def test_each_ticker_is_known(self, status: Any, role: Role) -> None:
        assert is_known(status["regions"][role]["ticker"])

    def test_what_the_checkers_see(self, status: Any) -> None:
        assert seen(status) == STEADY

    @pytest.mark.parametrize("role", Role)
    def test_every_alarm_is_found(self, status: Any, site: Site, role: Role) -> None:
        region = PRIMARY if role is Role.PRIMARY else STANDBY
        names = {alarm["name"] for alarm in status["regions"][role]["alarms"]["value"]}
        assert names == {arn.partition(":alarm:")[2] for arn in site.deployment.outputs["alarm_arns"][region]}

    @pytest.mark.parametrize("role", Role)
    def test_every_queue_is_read(self, status: Any, role: Role) -> None:
        assert all(map(is_known, status["regions"][role]["queues"].values()))

    def test_the_verdict_is_part_of_it(self, status: Any) -> None:
        assert status["verdict"]["takesPayments"] == PRIMARY
        assert status["verdict"]["automatic"] is False

    def test_the_switch_is_read(self, status: Any) -> None:
        assert status["writer"]["value"]["automatic"] is False  # as the session leaves it

    def test_heartbeats_cross(self, status: Any) -> None:
        for role in Role:
            heartbeats = status["regions"][role]["heartbeats"]
            assert all(beat["value"]["age"] < 150 for beat in heartbeats.values())


@pytest.mark.parametrize("mode", ["refuse", "hang"])
def test_of_a_dead_region_nothing_is_known_and_of_the_living_one_everything(
    emulator: Emulator, site: Site, mode: str
) -> None:
    with emulator.inject("region-down", region=PRIMARY, mode=mode):
        began = time.monotonic()
        ended = dr(site, "status")
        took = time.monotonic() - began
        print(f"`dr status` with {PRIMARY} down ({mode}): {took:.1f} s, start of Python included")  # noqa: T201
    assert ended.status == 0
    dead, living = ended.document["regions"]["primary"], ended.document["regions"]["standby"]
    readings = [dead[name] for name in UNREADABLE] + [each for name in ITEMS for each in dead[name].values()]
    assert not [reading for reading in readings if is_known(reading)]
    assert is_known(living["control"])
    assert living["health"] == {"value": True}
    assert not is_known(ended.document["lagSeconds"]["primary-to-standby"])
    assert is_known(ended.document["dns"])


def test_the_screen(site: Site) -> None:
    def served() -> Ended:  # a replica that was away catches up first
        said = dr(site, "status", "--output", "text")
        assert f": {PRIMARY} takes payments since " in said.output.splitlines()[0]
        return said

    ended = eventually(served, every=1)
    assert ended.status == 0
    assert "pinned: automatic takeover is OFF" in " ".join(ended.output.split())  # as the session leaves it
    assert "dev · emulator, time scale " in ended.output
    assert "primary us-east-1" in ended.output


def test_the_verdict_alone(site: Site) -> None:
    ended = dr(site, "status", "--brief", "--exit-code")
    assert ended.document["takesPayments"] == PRIMARY
    assert ended.document["next"]["command"]
    assert ended.status in {3, 4}  # automatic takeover is off


def test_without_state_who_may_only_assume_the_role_finds_the_site_in_either_regions_parameters(
    site: Site, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = site.deployment.outputs["operations_role_arn"]
    user = create_user(site.aws, "on-call", {"Action": "sts:AssumeRole", "Resource": arn})
    keys = {"AWS_ACCESS_KEY_ID": user.access_key, "AWS_SECRET_ACCESS_KEY": user.secret_key}
    for name, value in {**emulator.environment, **keys}.items():
        monkeypatch.setenv(name, value)
    rights = Rights(Aws.own(STANDBY), SITE_ROLE, environment=site.suffix, regions=(STANDBY,), operator="tests")
    expected = OperatedSite.from_outputs(site.deployment.outputs)
    for first in DEFAULT_REGIONS.values():
        regions = {Role.STANDBY: first, Role.PRIMARY: first}
        found = load_site(site.suffix, outputs=None, rights=rights.to_find_site, regions=regions, root=tmp_path)
        assert found == expected


def test_a_mistake_is_one_line(site: Site) -> None:
    ended = dr(site, "status", "--environment", "prod")
    assert ended.status == 1
    assert ended.errors.startswith("dr: --outputs must hold the outputs of payments-dr-prod")
    assert ended.errors.count("\n") == 1
