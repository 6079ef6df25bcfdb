"""What an export writes is what the manifests say, and what is read again."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.dynamodb.recovery import export_files
from emulator.dynamodb.recovery.export_files import ExportedTable, ExportWriter, data_files

EXPORT = ExportedTable(
    export_arn="arn:aws:dynamodb:us-east-1:123456789012:table/payments/export/01700000000000-a1b2c3d4",
    table_arn="arn:aws:dynamodb:us-east-1:123456789012:table/payments",
    table_id="12345a12-abcd-123a-ab12-1234abc12345",
    bucket="backups",
    prefix="daily",
    started_at=1_700_000_000.5,
    exported_at=1_700_000_000,
    encryption={"s3SseAlgorithm": "AES256", "s3SseKmsKeyId": None},
)
ROOT = "daily/AWSDynamoDB/01700000000000-a1b2c3d4"


def written(items: list[dict[str, Any]], export: ExportedTable = EXPORT) -> dict[str, bytes]:
    """Return the objects of an export, in the order in which they were stored."""
    objects: dict[str, bytes] = {}

    def put(key: str, content: bytes) -> str:
        objects[key] = content
        return hashlib.md5(content, usedforsecurity=False).hexdigest()

    writer = ExportWriter(export, put)
    writer.start()
    for count, content in data_files(items):
        writer.add(count, content)
    writer.finish(ended_at=1_700_000_060, billed_bytes=600)
    return objects


def listed(objects: Mapping[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in objects[f"{ROOT}/manifest-files.json"].splitlines()]


def test_manifests_and_data_lie_where_aws_puts_them() -> None:
    assert [key for key in written([]) if "/data/" not in key] == [
        f"{ROOT}/{name}"
        for name in (
            "_started",
            "manifest-files.checksum",
            "manifest-files.json",
            "manifest-summary.checksum",
            "manifest-summary.json",
        )
    ]


def test_items_are_split_over_files_that_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_files, "MOST_ITEMS_A_FILE", 2)
    items = [{"pk": {"S": str(number)}} for number in range(5)]
    objects = written(items)
    read = []
    for each in listed(objects):
        content = objects[each["dataFileS3Key"]]
        assert each["md5Checksum"] == base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        lines = gzip.decompress(content).splitlines()
        assert len(lines) == each["itemCount"]
        read += [json.loads(line)["Item"] for line in lines]
    assert [each["itemCount"] for each in listed(objects)] == [2, 2, 1]
    assert read == items


def test_empty_table_has_an_empty_file() -> None:
    assert [each["itemCount"] for each in listed(written([]))] == [0]


def test_summary_says_what_was_exported() -> None:
    summary = json.loads(written([{"pk": {"S": "a"}}])[EXPORT.summary_key])
    assert (summary["itemCount"], summary["exportType"], summary["outputFormat"]) == (1, "FULL_EXPORT", "DYNAMODB_JSON")
    assert (summary["exportTime"], summary["startTime"]) == ("2023-11-14T22:13:20.000Z", "2023-11-14T22:13:20.500Z")
    assert summary["manifestFilesS3Key"] == f"{ROOT}/manifest-files.json"


@pytest.mark.parametrize(("prefix", "begins"), [("", "AWSDynamoDB/"), ("a/b/", "a/b/AWSDynamoDB/")])
def test_prefix_is_optional(prefix: str, begins: str) -> None:
    assert EXPORT._replace(prefix=prefix).directory.startswith(begins)


def test_reconciliation_reads_it(tmp_path: Path) -> None:
    from operations.reconcile.exports import find_exports
    from operations.reconcile.sources import Place
    from operations.topology.readings import Known

    for key, content in written([{"pk": {"S": "a"}}]).items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(content)
    found = find_exports(tmp_path, {Place.PRIMARY_TABLE: "us-east-1"}, "payments")[Place.PRIMARY_TABLE]
    assert isinstance(found, Known)
    assert found.value.rows == 1
