"""What the settings accept, and the one line that refuses everything else."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from contract.deadlines import MINIMUM_FUNCTION_TIMEOUT_SECONDS
from dr_constructs import aws_limits
from dr_constructs.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parents[3]


def load(tmp_path: Path, toml: str = "", suffix: str = "dev", **variables: str) -> Settings:
    """Load settings from a file of the given content and variables."""
    (tmp_path / "environments").mkdir(exist_ok=True)
    (tmp_path / "environments" / "dev.toml").write_text(toml)
    return Settings.load({"ENVIRONMENT_SUFFIX": suffix, "PATH": "/bin", **variables}, tmp_path)


def refusal(tmp_path: Path, toml: str = "", **variables: str) -> str:
    """Return the lines with which settings are refused."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, toml, **variables)
    return str(caught.value)


class TestSources:
    """Defaults, then the file, then the variables."""

    def test_defaults_serve_without_file_and_variables(self, tmp_path: Path) -> None:
        settings = Settings.load({}, tmp_path)
        assert settings == Settings()
        assert (settings.environment_suffix, settings.primary_region) == ("dev", "us-east-1")

    def test_the_suffix_picks_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "environments").mkdir()
        (tmp_path / "environments" / "blue.toml").write_text('standby_region = "us-west-2"')
        settings = Settings.load({"ENVIRONMENT_SUFFIX": "blue"}, tmp_path)
        assert (settings.environment_suffix, settings.standby_region) == ("blue", "us-west-2")

    def test_variables_override_single_values(self, tmp_path: Path) -> None:
        toml = 'standby_region = "us-west-2"\nfunction_memory_mb = 256'
        settings = load(tmp_path, toml, DR_FUNCTION_MEMORY_MB="1024", DR_FUNCTION_URLS="true")
        assert (settings.standby_region, settings.function_memory_mb) == ("us-west-2", 1024)
        assert settings.function_urls is True

    @pytest.mark.parametrize("text", ["a@example.com,b@example.org", ' ["a@example.com", "b@example.org"]'])
    def test_lists_are_json_or_separated_by_commas(self, tmp_path: Path, text: str) -> None:
        assert load(tmp_path, DR_ALARM_EMAILS=text).alarm_emails == ["a@example.com", "b@example.org"]

    def test_an_empty_variable_takes_an_optional_value_away(self, tmp_path: Path) -> None:
        toml = 'domain_name = "example.com"\nalarm_emails = ["a@example.com"]\nfunction_reserved_concurrency = 50'
        variables = {"DR_DOMAIN_NAME": "", "DR_ALARM_EMAILS": "", "DR_FUNCTION_RESERVED_CONCURRENCY": ""}
        settings = load(tmp_path, toml, **variables)
        assert (settings.domain_name, settings.alarm_emails) == (None, [])
        assert settings.function_reserved_concurrency is None

    def test_text_stays_text_even_if_it_looks_like_a_number(self, tmp_path: Path) -> None:
        variables = {"DR_STATE_BUCKET": "123456", "DR_STATE_REGION": "us-west-2"}
        assert load(tmp_path, **variables).state_bucket == "123456"

    def test_the_options_of_dr_are_no_settings(self, tmp_path: Path) -> None:
        assert load(tmp_path, DR_ROLE="site", DR_OPERATOR="me", DR_JOURNALS="/j", DR_OUTPUTS="/o") == Settings()

    @pytest.mark.parametrize("path", sorted((ROOT / "environments").glob("*.toml")), ids=lambda path: path.stem)
    def test_shipped_environments_load(self, path: Path) -> None:
        assert Settings.load({"ENVIRONMENT_SUFFIX": path.stem}, ROOT).environment_suffix == path.stem

    def test_the_dev_environment_mentions_every_key(self) -> None:
        lines = (ROOT / "environments" / "dev.toml").read_text().splitlines()
        mentioned = {line.removeprefix("# ").partition(" = ")[0] for line in lines if " = " in line}
        assert mentioned == Settings.model_fields.keys() - {"environment_suffix"}


class TestUnreadable:
    """Sources that cannot be used as a whole."""

    def test_file_that_is_no_toml(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, "a = = b").startswith("environments/dev.toml must be TOML in UTF-8: ")

    def test_file_that_is_a_directory(self, tmp_path: Path) -> None:
        (tmp_path / "environments" / "dev.toml").mkdir(parents=True)
        with pytest.raises(SettingsError, match=r"^environments/dev\.toml cannot be read: Is a directory$"):
            Settings.load({}, tmp_path)

    def test_unknown_key(self, tmp_path: Path) -> None:
        expected = (
            "`standby_regoin` in environments/dev.toml must be a known key, perhaps `standby_region`, got us-west-2"
        )
        assert refusal(tmp_path, 'standby_regoin = "us-west-2"') == expected

    def test_unknown_variable(self, tmp_path: Path) -> None:
        expected = "`DR_STANDBY_REGOIN` must be a known variable, perhaps `DR_STANDBY_REGION`, got us-west-2"
        assert refusal(tmp_path, DR_STANDBY_REGOIN="us-west-2") == expected

    @pytest.mark.parametrize("source", ["file", "variable"])
    def test_the_suffix_has_one_source(self, tmp_path: Path, source: str) -> None:
        if source == "file":
            assert "must be a known key" in refusal(tmp_path, 'environment_suffix = "x"')
        else:
            assert "must be a known variable" in refusal(tmp_path, DR_ENVIRONMENT_SUFFIX="x")

    def test_a_suffix_is_no_path(self, tmp_path: Path) -> None:
        (tmp_path / "secret.toml").write_text("nonsense")
        expected = "`environment_suffix` must be lower-case letters, digits and inner hyphens, got ../secret"
        assert refusal(tmp_path, suffix="../secret") == expected


REFUSED = [
    ({"primary_region": "us-east-9"}, "`primary_region` must be an AWS region, got us-east-9"),
    ({"primary_region": 1}, "`primary_region` must be a string, got 1"),
    (
        {"standby_region": "us-east-1"},
        "`standby_region` must differ from `primary_region`, got us-east-1 twice",
    ),
    ({"authorization": "none"}, "`authorization` must be 'AWS_IAM' or 'NONE', got none"),
    ({"function_urls": "yes"}, "`function_urls` must be true or false, got yes"),
    ({"function_urls": 1}, "`function_urls` must be true or false, got 1"),
    (
        {"alarm_emails": ["a@b.cd", "a@b.cd"]},
        '`alarm_emails` must not name anything twice, got ["a@b.cd", "a@b.cd"]',
    ),
    ({"alarm_emails": "a@b.cd"}, "`alarm_emails` must be a list, got a@b.cd"),
    ({"domain_name": "com"}, "`domain_name` must be a domain name of at least two labels, got com"),
    ({"domain_name": ""}, '`domain_name` must be a domain name of at least two labels, got ""'),
    (
        {"domain_name": "a_b.com"},
        "`domain_name` must be a domain name: labels of at most 63 letters, digits and inner hyphens, got a_b.com",
    ),
    (
        {"domain_name": f"{'a' * 57}.com"},
        f"`domain_name` must be shorter: api.{'a' * 57}.com has 65 of the 64 characters ACM allows, got {'a' * 57}.com",
    ),
    (
        {"domain_name": "example.com", "primary_region": "us-west-2"},
        (
            "`domain_name` needs us-east-1 as one of the two regions, where Route 53 publishes its health checks' "
            "metrics, got us-west-2 and us-east-2"
        ),
    ),
    *(
        (
            {"primary_region": primary, "standby_region": standby},
            (
                "`primary_region` and `standby_region` must be in one region set of DynamoDB's multi-Region strong "
                "consistency (us-east-1, us-east-2, us-west-2; eu-west-1, eu-west-2, eu-west-3, eu-central-1; "
                f"ap-northeast-1, ap-northeast-2, ap-northeast-3), got {primary} and {standby}"
            ),
        )
        for primary, standby in (("us-west-1", "us-east-2"), ("us-east-1", "eu-west-1"), ("sa-east-1", "us-east-1"))
    ),
    (
        {"witness_region": "us-east-1"},
        "`witness_region` must be us-west-2, the rest of the pair's region set, got us-east-1",
    ),
    (
        {"witness_region": "eu-west-1"},
        "`witness_region` must be us-west-2, the rest of the pair's region set, got eu-west-1",
    ),
    (
        {"primary_region": "eu-west-1", "standby_region": "eu-west-3", "witness_region": "us-west-2"},
        "`witness_region` must be eu-west-2 or eu-central-1, the rest of the pair's region set, got us-west-2",
    ),
    ({"witness_region": "nowhere"}, "`witness_region` must be an AWS region, got nowhere"),
    (
        {"hosted_zone_id": "Z123"},
        "`hosted_zone_id` needs `domain_name`, the zone's name, got Z123 alone",
    ),
    (
        {"hosted_zone_id": "/hostedzone/Z1", "domain_name": "example.com"},
        "`hosted_zone_id` must be a hosted zone id such as Z0123456789ABCDEFGHIJ, got /hostedzone/Z1",
    ),
    (
        {"replication_lag_threshold_seconds": 301},
        "`replication_lag_threshold_seconds` must be less than or equal to 300, got 301",
    ),
    ({"health_check_interval_seconds": 20}, "`health_check_interval_seconds` must be one of 10, 30, got 20"),
    (
        {"health_check_failure_threshold": 11},
        "`health_check_failure_threshold` must be less than or equal to 10, got 11",
    ),
    ({"log_archive_days": 0}, "`log_archive_days` must be greater than or equal to 1, got 0"),
    (
        {"log_archive_days": 90, "log_expiration_days": 90},
        "`log_expiration_days` must be greater than `log_archive_days` (90), got 90",
    ),
    ({"object_lock_days": 0}, "`object_lock_days` must be greater than or equal to 1, got 0"),
    (
        {"protected": True, "domain_name": "example.com"},
        (
            "`hosted_zone_id` must be set where `protected` is on, since a zone of the stack's own is destroyed with "
            "it, got none for example.com"
        ),
    ),
    (
        {"payer_principal_arns": ["arn:aws:iam::123456789012:root"], "authorization": "NONE"},
        "`payer_principal_arns` needs `authorization` AWS_IAM, since nobody else has a name, got NONE",
    ),
    (
        {"payer_principal_arns": ["arn:aws:iam::123456789012:root"], "function_urls": True},
        "`payer_principal_arns` needs `function_urls` off, by which everybody else could still pay, got true",
    ),
    (
        {"payer_principal_arns": ["*"]},
        "`payer_principal_arns` must be the ARN of an IAM user, role or account root, got *",
    ),
    (
        {"permissions_boundary_arn": "boundary"},
        "`permissions_boundary_arn` must be the ARN of a managed IAM policy, got boundary",
    ),
    ({"operations_require_mfa": 1}, "`operations_require_mfa` must be true or false, got 1"),
    (
        {"protected": True, "object_lock_days": 36, "backup_expiration_days": 35},
        "`object_lock_days` must not be greater than `backup_expiration_days` (35), got 36",
    ),
    (
        {"protected": True, "object_lock_days": 31, "log_archive_days": 10, "log_expiration_days": 30},
        "`object_lock_days` must not be greater than `log_expiration_days` (30), got 31",
    ),
    ({"protected": "yes"}, "`protected` must be true or false, got yes"),
    ({"function_memory_mb": 64}, "`function_memory_mb` must be greater than or equal to 128, got 64"),
    ({"function_memory_mb": 512.5}, "`function_memory_mb` must be an integer, got 512.5"),
    ({"function_memory_mb": True}, "`function_memory_mb` must be an integer, got true"),
    ({"function_timeout_seconds": 30}, "`function_timeout_seconds` must be less than or equal to 29, got 30"),
    (
        {"function_timeout_seconds": MINIMUM_FUNCTION_TIMEOUT_SECONDS - 1},
        (
            f"`function_timeout_seconds` must be greater than or equal to {MINIMUM_FUNCTION_TIMEOUT_SECONDS}, "
            f"got {MINIMUM_FUNCTION_TIMEOUT_SECONDS - 1}"
        ),
    ),
    (
        {"function_reserved_concurrency": 9},
        "`function_reserved_concurrency` must be greater than or equal to 10, got 9",
    ),
    ({"retry_concurrency": 1}, "`retry_concurrency` must be greater than or equal to 2, got 1"),
    ({"retry_concurrency": 1001}, "`retry_concurrency` must be less than or equal to 1000, got 1001"),
    ({"api_rate_limit": 0}, "`api_rate_limit` must be greater than or equal to 1, got 0"),
    ({"api_burst_limit": 2**31}, f"`api_burst_limit` must be less than or equal to {2**31 - 1}, got {2**31}"),
    (
        {"operator_principal_arns": ["*"]},
        "`operator_principal_arns` must be the ARN of an IAM user, role or account root, got *",
    ),
    ({"state_bucket": "my-state"}, "`state_bucket` needs `state_region`, got my-state alone"),
    ({"state_region": "us-west-2"}, "`state_region` needs `state_bucket`, got us-west-2 alone"),
    (
        {"state_bucket": "my-state", "state_region": "us-east-1"},
        "`state_region` must be a third region, got us-east-1",
    ),
    *(
        (
            {"state_bucket": bucket, "state_region": "us-west-2"},
            (
                "`state_bucket` must be an S3 bucket name: 3 to 63 lower-case letters, digits, dots and inner hyphens, "
                f"no IP address, got {bucket}"
            ),
        )
        for bucket in ("My_State", "a..b", "a.-b", "a-.b", "192.168.0.1", "-ab", "ab-", "ab")
    ),
    *(
        (
            {"state_bucket": bucket, "state_region": "us-west-2"},
            (
                "`state_bucket` must not begin with xn--, sthree- or amzn-s3-demo-, which S3 keeps for itself, "
                f"got {bucket}"
            ),
        )
        for bucket in ("xn--x", "sthree-state", "sthree-configurator", "amzn-s3-demo-bucket")
    ),
    *(
        (
            {"state_bucket": bucket, "state_region": "us-west-2"},
            (
                "`state_bucket` must not end with -s3alias, --ol-s3, .mrap, --x-s3 or --table-s3, which S3 keeps for "
                f"itself, got {bucket}"
            ),
        )
        for bucket in ("state-s3alias", "state--ol-s3", "state.mrap", "state--usw2-az1--x-s3", "state--table-s3")
    ),
    *(
        (
            {"state_bucket": bucket, "state_region": "us-west-2"},
            (
                "`state_bucket` must not end with -an, unless in an account's namespace: <name>-<account>-<region>-an, "
                f"got {bucket}"
            ),
        )
        for bucket in ("state-an", "state-12345-us-west-2-an", "state-123456789012-an")
    ),
    *(
        (
            {"domain_name": f"payments.{end}"},
            (
                f"`domain_name` must be public, which no domain below .{end} is: ACM could not validate a certificate "
                f"for it, got payments.{end}"
            ),
        )
        for end in ("local", "internal", "test", "example")
    ),
    *(
        ({"alarm_emails": [address]}, f"`alarm_emails` must be an e-mail address, got {address}")
        for address in ("nobody", "${path.module}@example.com", "a{b@example.com", "a b@example.com", "a@b")
    ),
]


class TestRefused:
    """One line for each bad value: field, rule and value."""

    @pytest.mark.parametrize(("values", "line"), REFUSED)
    def test_in_the_file(self, tmp_path: Path, values: dict[str, Any], line: str) -> None:
        toml = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
        assert tomllib.loads(toml) == values
        assert refusal(tmp_path, toml) == line

    def test_in_a_variable(self, tmp_path: Path) -> None:
        assert refusal(tmp_path, DR_FUNCTION_MEMORY_MB="much") == "`function_memory_mb` must be an integer, got much"

    def test_retention_that_cloudwatch_does_not_know(self, tmp_path: Path) -> None:
        line = refusal(tmp_path, DR_LOG_RETENTION_DAYS="8")
        assert line.startswith("`log_retention_days` must be one of 1, 3, 5, 7, 14, ")
        assert line.endswith(", got 8")

    def test_several_values_have_a_line_each(self, tmp_path: Path) -> None:
        lines = refusal(tmp_path, DR_FUNCTION_URLS="yes", DR_API_RATE_LIMIT="x", DR_NONSENSE="1").splitlines()
        assert [line.split("`")[1] for line in lines] == ["DR_NONSENSE", "function_urls", "api_rate_limit"]

    @pytest.mark.parametrize("value", ["two\nlines", "bell\a", "x" * 1000])
    def test_any_value_fits_one_line(self, tmp_path: Path, value: str) -> None:
        line = refusal(tmp_path, DR_DOMAIN_NAME=value)
        assert line.isprintable()
        assert len(line) < 1300

    @pytest.mark.parametrize("suffix", ["", "Dev", "-dev", "dev-", "a_b", "a.b"])
    def test_suffixes_that_names_cannot_carry(self, tmp_path: Path, suffix: str) -> None:
        line = refusal(tmp_path, suffix=suffix)
        assert line.startswith("`environment_suffix` must be lower-case letters, digits and inner hyphens, got ")

    @pytest.mark.parametrize("table", ["control", "canary"])
    def test_a_suffix_whose_payments_table_would_be_another_of_anothers(self, tmp_path: Path, table: str) -> None:
        line = refusal(tmp_path, suffix=f"{table}-dev")
        assert line == f"`environment_suffix` must not begin with {table}-, got {table}-dev"

    @pytest.mark.parametrize("kept", ["1", "51"])
    def test_versions_to_keep_are_a_few(self, tmp_path: Path, kept: str) -> None:
        line = refusal(tmp_path, DR_KEPT_VERSIONS=kept)
        assert line.startswith("`kept_versions` must be ")
        assert line.endswith(f", got {kept}")

    @pytest.mark.parametrize(
        ("primary", "standby", "longest"), [("us-east-1", "us-east-2", 17), ("ap-northeast-1", "ap-northeast-2", 12)]
    )
    def test_suffixes_too_long_for_the_regions(self, tmp_path: Path, primary: str, standby: str, longest: int) -> None:
        regions = {"DR_PRIMARY_REGION": primary, "DR_STANDBY_REGION": standby}
        assert load(tmp_path, suffix="x" * longest, **regions)
        line = refusal(tmp_path, suffix="x" * (longest + 1), **regions)
        assert line.startswith(f"`environment_suffix` must be shorter, at most {longest} characters in ")


class TestAccepted:
    """Values at the edge."""

    def test_domains_are_written_as_route_53_does(self, tmp_path: Path) -> None:
        assert load(tmp_path, DR_DOMAIN_NAME="Pay.Example.COM.").domain_name == "pay.example.com"

    @pytest.mark.parametrize("bucket", ["state-123456789012-us-west-2-an", "my-sthree-state", "s3alias", "state.x-s3"])
    def test_buckets_that_look_like_what_s3_keeps(self, tmp_path: Path, bucket: str) -> None:
        assert load(tmp_path, DR_STATE_BUCKET=bucket, DR_STATE_REGION="us-west-2").state_bucket == bucket

    def test_the_longest_domain(self, tmp_path: Path) -> None:
        domain = f"{'a' * 56}.com"
        assert load(tmp_path, DR_DOMAIN_NAME=domain).domain_name == domain

    def test_a_standby_in_us_east_1_serves_route_53_too(self, tmp_path: Path) -> None:
        variables = {
            "DR_PRIMARY_REGION": "us-west-2",
            "DR_STANDBY_REGION": "us-east-1",
            "DR_DOMAIN_NAME": "example.com",
        }
        assert load(tmp_path, **variables).primary_region == "us-west-2"

    @pytest.mark.parametrize(
        ("primary", "standby", "witness"),
        [
            ("us-east-1", "us-east-2", "us-west-2"),
            ("us-east-2", "us-east-1", "us-west-2"),
            ("us-east-1", "us-west-2", "us-east-2"),
            ("us-west-2", "us-east-2", "us-east-1"),
            ("eu-west-1", "eu-central-1", "eu-west-2"),
            ("ap-northeast-3", "ap-northeast-1", "ap-northeast-2"),
        ],
    )
    def test_the_witness_is_another_region_of_the_set(
        self, tmp_path: Path, primary: str, standby: str, witness: str
    ) -> None:
        settings = load(tmp_path, DR_PRIMARY_REGION=primary, DR_STANDBY_REGION=standby)
        assert settings.witness_region == witness

    def test_the_witness_can_be_chosen_where_there_is_a_choice(self, tmp_path: Path) -> None:
        toml = 'primary_region = "eu-west-1"\nstandby_region = "eu-west-2"\nwitness_region = "eu-central-1"'
        assert load(tmp_path, toml).witness_region == "eu-central-1"

    def test_the_regions_are_those_of_the_sdk(self) -> None:
        assert set(get_session().get_available_regions("dynamodb")) == aws_limits.REGIONS


@pytest.mark.parametrize(
    ("values", "most"),
    [
        ({}, 25),
        ({"function_reserved_concurrency": 200}, 50),
        ({"function_reserved_concurrency": 10}, 2),
        ({"function_reserved_concurrency": 10_000}, 1000),
        ({"function_reserved_concurrency": 200, "retry_concurrency": 5}, 5),
    ],
)
def test_retries_get_a_quarter_of_what_payments_get(values: dict[str, int], most: int) -> None:
    assert Settings(**values).retry_executions == most  # type: ignore[arg-type]
