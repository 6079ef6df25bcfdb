"""The replicas of both tables have point-in-time recovery, which is set per replica (FACTS 1.7)."""

from typing import TYPE_CHECKING

from operations.readiness.rule import DEPLOY, Readable, ReadinessRule

if TYPE_CHECKING:
    from operations.aws import Aws
    from operations.site import RegionSite, Site


def read(site: "Site", region: "RegionSite", aws: "Aws") -> tuple[str, ...]:
    """Read which tables cannot be restored to a point in time."""
    client = aws.client("dynamodb", region.name)

    def is_enabled(table: str) -> bool:
        backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        return bool(backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED")

    return tuple(table for table in (site.table_name, site.control_table_name) if not is_enabled(table))


RULE = ReadinessRule(
    check="point-in-time recovery",
    read=read,
    problem=lambda tables: f"must be enabled for {' and '.join(tables)}" if tables else "",
    fine=lambda _: "enabled",
    remedy=DEPLOY,
    rights={"dynamodb:DescribeContinuousBackups": Readable.TABLES},
)
