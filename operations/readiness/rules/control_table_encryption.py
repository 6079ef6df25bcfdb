"""Each replica of the control table is encrypted with KMS."""

from typing import TYPE_CHECKING

from operations.readiness.rule import DEPLOY, Readable, ReadinessRule

if TYPE_CHECKING:
    from operations.aws import Aws
    from operations.site import RegionSite, Site


def read(site: "Site", region: "RegionSite", aws: "Aws") -> str:
    """Read the kind of the table's encryption; an empty text is DynamoDB's own key."""
    table = aws.client("dynamodb", region.name).describe_table(TableName=site.control_table_name)["Table"]
    return str(table.get("SSEDescription", {}).get("SSEType", ""))


RULE = ReadinessRule(
    check="encryption of the control table",
    read=read,
    problem=lambda kind: "" if kind == "KMS" else f"must be KMS, is {kind or 'not set'}",
    fine=str,
    remedy=DEPLOY,
    rights={"dynamodb:DescribeTable": Readable.CONTROL_TABLE},
)
