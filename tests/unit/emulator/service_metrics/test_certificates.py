"""What is published about certificates."""

from collections.abc import Iterator

import pytest
from ministack.core.responses import get_account_id
from ministack.services import acm

from emulator.cloudwatch.service_metrics.certificates import PUBLISHED_EVERY_SECONDS
from tests.unit.emulator.service_metrics.watching import Watching

OHIO, DAY = "us-east-2", 24 * 3600
ARN = f"arn:aws:acm:{OHIO}:{get_account_id()}:certificate/1"


def issue(watching: Watching, *, days: float, status: str = "ISSUED") -> None:
    certificate = {"CertificateArn": ARN, "Status": status, "NotAfter": watching.clock.time() + days * DAY}
    acm._certificates.set_scoped(get_account_id(), OHIO, ARN, certificate)


@pytest.fixture
def watching() -> Iterator[Watching]:
    yield Watching()
    acm._certificates.clear()


def test_a_new_certificate_is_published_by_its_arn(watching: Watching) -> None:
    issue(watching, days=365)
    assert watching.minute() == {"DaysToExpiry": {364: 1}}
    series = watching.published[0].series
    assert (series.namespace, series.region) == ("AWS/CertificateManager", OHIO)
    assert series.dimensions == (("CertificateArn", ARN),)


def test_then_twice_a_day(watching: Watching) -> None:
    issue(watching, days=365)
    watching.minute()
    assert watching.minute() == {}
    watching.clock.advance(PUBLISHED_EVERY_SECONDS - 180)
    assert watching.minute() == {}
    watching.clock.advance(120)
    assert watching.minute() == {"DaysToExpiry": {364: 1}}


def test_a_fault_lets_it_expire_soon_and_is_seen_at_once(watching: Watching) -> None:
    issue(watching, days=365)
    watching.minute()
    fault = watching.faults.inject("certificate-expiring", region=OHIO, days=20)
    assert watching.minute() == {"DaysToExpiry": {20: 1}}
    watching.faults.heal(fault.id)
    assert watching.minute() == {"DaysToExpiry": {364: 1}}


def test_other_regions_certificates_are_not_concerned(watching: Watching) -> None:
    issue(watching, days=365)
    watching.faults.inject("certificate-expiring", region="us-east-1", days=20)
    assert watching.minute() == {"DaysToExpiry": {364: 1}}


@pytest.mark.parametrize(("days", "status"), [(-1, "ISSUED"), (365, "PENDING_VALIDATION")])
def test_expired_and_unissued_ones_are_not_published(watching: Watching, days: float, status: str) -> None:
    issue(watching, days=days, status=status)
    assert watching.minute() == {}


def test_what_is_due_while_the_region_is_down_comes_when_it_is_back(watching: Watching) -> None:
    issue(watching, days=365)
    with_fault = watching.faults.inject("region-down", region=OHIO)
    assert watching.minute() == {}
    watching.faults.heal(with_fault.id)
    assert watching.minute() == {"DaysToExpiry": {364: 1}}
