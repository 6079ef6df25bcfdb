"""What AWS offers in which region, held against the SDK's own table."""

from pathlib import Path

import pytest
from botocore.session import get_session

from dr_constructs.aws_limits import REGIONS
from dr_constructs.region_services import FUNCTION_URLS, SERVICES, lacking, part_problems
from dr_constructs.region_sets import REGION_SETS
from dr_constructs.settings import Settings, SettingsError

SESSION = get_session()


@pytest.mark.parametrize("service", sorted(service for service in SERVICES.values() if service))
def test_each_service_is_in_every_region_that_a_setting_can_name(service: str) -> None:
    assert set(SESSION.get_available_regions(service)) >= REGIONS


def test_the_services_of_providers_and_state_are_there_as_well() -> None:
    for service in ("sts", "s3", "cloudformation"):
        assert set(SESSION.get_available_regions(service)) >= REGIONS


def test_function_urls_lack_in_eleven_regions() -> None:
    assert len(lacking(FUNCTION_URLS)) == 11
    assert lacking(FUNCTION_URLS) < REGIONS


@pytest.mark.parametrize("region", sorted(lacking(FUNCTION_URLS)))
def test_function_urls_where_there_are_none_are_refused_in_one_line(region: str) -> None:
    (line,) = part_problems("function_urls", FUNCTION_URLS, ["us-east-1", region])
    assert line == f"`function_urls` needs regions that have Lambda function URLs, got {region}"


@pytest.mark.parametrize("asked", ["true", "false"])
def test_the_settings_ask_for_them_only_where_they_are_used(tmp_path: Path, asked: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.load({"DR_STANDBY_REGION": "eu-south-2", "DR_FUNCTION_URLS": asked}, tmp_path)
    assert ("`function_urls` needs regions" in str(error.value)) == (asked == "true")


def test_a_region_set_has_all_that_can_be_asked_for() -> None:
    for regions in REGION_SETS:
        assert not list(part_problems("function_urls", FUNCTION_URLS, regions))
