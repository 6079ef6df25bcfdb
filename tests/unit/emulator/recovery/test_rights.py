"""Which resource a request about recovery names, as policies know it."""

import json
from typing import Any

import pytest

from emulator.dynamodb.recovery.rights import resource_named_in

REGION, ACCOUNT = "us-east-1", "123456789012"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/payments"


@pytest.mark.parametrize(
    ("request_", "resource"),
    [
        ({"SourceTableName": "payments", "TargetTableName": "side"}, TABLE),
        ({"SourceTableArn": TABLE, "TargetTableName": "side"}, TABLE),
        ({"TableArn": TABLE, "S3Bucket": "backups"}, TABLE),
        ({"BackupArn": f"{TABLE}/backup/1", "TargetTableName": "side"}, f"{TABLE}/backup/1"),
        ({"ExportArn": f"{TABLE}/export/1"}, f"{TABLE}/export/1"),
        ({"ImportArn": f"{TABLE}/import/1"}, f"{TABLE}/import/1"),
        ({"TableCreationParameters": {"TableName": "payments"}}, TABLE),
        ({"TableName": "payments"}, None),
        ({"TableArn": 5}, None),
        ([], None),
    ],
)
def test_resource(request_: Any, resource: str | None) -> None:
    assert resource_named_in(json.dumps(request_).encode(), REGION, ACCOUNT) == resource


def test_body_that_is_no_json_names_nothing() -> None:
    assert resource_named_in(b"{", REGION, ACCOUNT) is None
