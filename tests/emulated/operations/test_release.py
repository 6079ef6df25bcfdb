"""Releases on the deployed stack: bad versions are put back, whoever drives, and a good one goes through."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from contract.environment import Function
from emulator import Emulator
from tests.emulated.operations.commands import dr
from tests.emulated.operations.paying import SteadyPayer
from tests.emulated.operations.releasing import (
    STORES_NOTHING,
    alarms_muted,
    await_state,
    await_step,
    good,
    item,
    live,
    publish,
    release,
    restored,
    start,
    started,
    versions,
)
from tests.emulated.outage import await_dns
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.writing import move_writer

SCALE = 10
BAKE = ("--bake", "100s", "--shares", "40")
"""A hundred emulated seconds are ten real ones; a share of 40 % shows something in so short a time."""

SLOW = ("--bake", "100s", "--shares", "10,20,30,40,50,60,70,80,90")
"""Lasts until somebody ends it, on a slow machine too."""

KEPT = 5
"""The setting of the deployment: so many versions of a function stay."""


@pytest.fixture(scope="module")
def journals(site: Site, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    move_writer(site, PRIMARY)
    await_dns(site, PRIMARY)
    emulator.set_time_scale(SCALE)
    with restored(site), alarms_muted(site):
        yield tmp_path_factory.mktemp("releases")
    emulator.set_time_scale(1)


def test_what_canary_payments_show_never_meets_a_payer(site: Site, journals: Path) -> None:
    before = publish(site, STORES_NOTHING)
    ended = start(site, journals, *BAKE)
    assert ended.status == 1, ended
    assert ended.document["outcome"] == "undone"
    assert "canary payments" in ended.document["reason"]
    stored = ended.document["storedPayments"]
    assert (stored["transactionIds"], stored["unknown"]) == ([], [])
    assert live(site) == before


@pytest.mark.prove
def test_abort_puts_both_regions_back(site: Site, journals: Path) -> None:
    before = publish(site, good())
    with started(site, journals, *SLOW) as driver:
        await_step(site, f"watch {STANDBY}")
        second = release(site, "start", "--yes", "--journals", str(journals), *BAKE)
        planned = dr(site, "switchover", "--dry-run")
        ended = release(site, "abort", "--yes", "--reason", "tests")
        assert driver.wait(timeout=120) == 1
    assert (second.status, planned.status) == (2, 2), (second, planned)
    unmet = [each["precondition"] for each in planned.document["refusal"]["obstacles"]]
    assert "no release may be under way" in unmet
    assert ended.status == 0, ended
    assert live(site) == before


def test_killed_driver_is_put_back_by_the_tickers(site: Site, journals: Path, payer_credentials: Credentials) -> None:
    before = publish(site, good())
    with SteadyPayer(site, payer_credentials, SCALE), started(site, journals, *SLOW) as driver:
        await_step(site, f"watch {STANDBY}")
        assert live(site) != before
        driver.kill()
        await_state(site, "undone")
    assert live(site) == before
    assert item(site)["ended_by"].startswith("ticker ")


@pytest.mark.prove
def test_good_version_goes_through_under_payments(site: Site, journals: Path, payer_credentials: Credentials) -> None:
    before = publish(site, good())
    while len(versions(site, PRIMARY, Function.PAYMENT_API)) <= KEPT + 1:
        publish(site, good())
    with SteadyPayer(site, payer_credentials, SCALE) as paying:
        ended = start(site, journals, *BAKE)
    assert ended.status == 0, ended
    assert ended.document["outcome"] == "done"
    now = live(site)
    assert all(int(now[key]) > int(before[key]) for key in before)
    assert paying.acknowledged
    # A busy machine may not read the writer in time, or not answer.
    assert set(paying.answers) <= {200, 201, 202, 503, None}
    assert [id_ for id_ in paying.acknowledged if site.stored(PRIMARY, id_) is None] == []
    assert release(site, "status").document["release"]["state"] == "done"
    for region, function in before:
        kept = versions(site, region, function)
        assert before[region, function] in kept
        assert len(kept) == KEPT + 1
