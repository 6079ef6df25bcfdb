"""What `cdktf deploy` leaves behind: the same in both regions, nothing to change, no secret in the state."""

from typing import Any

import pytest

from contract.environment import Function
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site


class TestState:
    """What Terraform knows."""

    def test_another_plan_changes_nothing(self, site: Site) -> None:
        assert not site.deployment.has_drifted()

    def test_it_holds_the_resources(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        resources = site.deployment.resources()
        with capsys.disabled():
            print(f" {len(resources)} resources ", end="")  # noqa: T201 — said in every run
        assert resources

    def test_the_connection_string_is_not_in_it(self, site: Site) -> None:
        states = list(site.deployment.directory.glob("terraform.*.tfstate*"))
        assert states
        assert not [state for state in states if "dynamodb://" in state.read_text()]

    @pytest.mark.parametrize("region", REGIONS)
    def test_the_connection_string_is_a_secure_parameter(self, site: Site, region: str) -> None:
        name = f"/payments-{region}-{site.suffix}/database/connection-string"
        parameter = site.aws("ssm", region).get_parameter(Name=name, WithDecryption=True)["Parameter"]
        assert (parameter["Type"], parameter["Value"]) == ("SecureString", f"dynamodb://{region}/{site.table}")


def test_both_regions_run_the_same_code(site: Site) -> None:
    hashes = {}
    for region in REGIONS:
        functions = site.aws("lambda", region).list_functions()["Functions"]
        hashes[region] = {each["FunctionName"].replace(region, "*"): each["CodeSha256"] for each in functions}
    assert len(hashes[PRIMARY]) == len(Function)
    assert hashes[PRIMARY] == hashes[STANDBY]


@pytest.fixture(scope="module", params=REGIONS)
def region(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def described(site: Site, region: str) -> dict[str, Any]:
    table: dict[str, Any] = site.aws("dynamodb", region).describe_table(TableName=site.table)["Table"]
    return table


class TestTable:
    """The global table, one replica a region."""

    def test_the_other_region_is_its_replica(self, described: dict[str, Any], region: str) -> None:
        others = {replica["RegionName"] for replica in described["Replicas"]} - {region}
        assert others == set(REGIONS) - {region}

    def test_it_is_encrypted(self, described: dict[str, Any]) -> None:
        assert described["SSEDescription"]["Status"] == "ENABLED"

    def test_its_stream_is_on(self, described: dict[str, Any]) -> None:
        assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}

    def test_it_can_be_restored_to_any_point(self, site: Site, region: str) -> None:
        answer = site.aws("dynamodb", region).describe_continuous_backups(TableName=site.table)
        recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"

    def test_it_is_tagged(self, site: Site, region: str, described: dict[str, Any]) -> None:
        tags = site.aws("dynamodb", region).list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"]
        assert {"Environment", "Region", "DR-Role", "Project"} <= {tag["Key"] for tag in tags}
