"""The files of a full export, as DynamoDB writes them: pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

MOST_ITEMS_A_FILE: Final = 50_000
_VERSION: Final = "2020-06-30"

Put = Callable[[str, bytes], str]
"""Stores an object under its whole key and returns its ETag."""


class ExportedTable(NamedTuple):
    """What an export is about, as its summary says."""

    export_arn: str
    table_arn: str
    table_id: str
    bucket: str
    prefix: str
    started_at: float
    exported_at: float
    """The moment as which the table is exported, in seconds since the epoch."""
    encryption: Mapping[str, str | None]

    @property
    def directory(self) -> str:
        """The key below which everything lies."""
        begin = f"{self.prefix.rstrip('/')}/" if self.prefix else ""
        return f"{begin}AWSDynamoDB/{self.export_arn.rpartition('/')[2]}"

    @property
    def summary_key(self) -> str:
        """The key of the summary, with which an export is whole."""
        return f"{self.directory}/manifest-summary.json"


def data_files(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, bytes]]:
    """Yield how many items a file holds, and its bytes; an empty table has one file as well."""
    for start in range(0, max(len(items), 1), MOST_ITEMS_A_FILE):
        chunk = items[start : start + MOST_ITEMS_A_FILE]
        lines = "".join(f"{json.dumps({'Item': item}, separators=(',', ':'))}\n" for item in chunk)
        yield len(chunk), gzip.compress(lines.encode(), compresslevel=6, mtime=0)


class ExportWriter:
    """Stores the files of one export, one after the other."""

    def __init__(self, export: ExportedTable, put: Put) -> None:
        self._export, self._put = export, put
        self._listed: list[dict[str, Any]] = []

    @property
    def items(self) -> int:
        """How many items are stored by now."""
        return sum(each["itemCount"] for each in self._listed)

    def start(self) -> None:
        """Show that the bucket can be written to."""
        self._put(f"{self._export.directory}/_started", b"")

    def add(self, count: int, content: bytes) -> None:
        """Store a data file."""
        name = hashlib.sha256(f"{self._export.export_arn}/{len(self._listed)}".encode()).hexdigest()[:26]
        key = f"{self._export.directory}/data/{name}.json.gz"
        etag = self._put(key, content)
        self._listed.append({"itemCount": count, "md5Checksum": _md5(content), "etag": etag, "dataFileS3Key": key})

    def finish(self, *, ended_at: float, billed_bytes: int) -> None:
        """Store the manifests and their checksums; the summary comes last, when all else is there."""
        export = self._export
        files_key = f"{export.directory}/manifest-files.json"
        summary = {
            "version": _VERSION,
            "exportArn": export.export_arn,
            "startTime": timestamp(export.started_at),
            "endTime": timestamp(ended_at),
            "tableArn": export.table_arn,
            "tableId": export.table_id,
            "exportTime": timestamp(export.exported_at),
            "s3Bucket": export.bucket,
            "s3Prefix": export.prefix or None,
            **export.encryption,
            "manifestFilesS3Key": files_key,
            "billedSizeBytes": billed_bytes,
            "itemCount": self.items,
            "outputFormat": "DYNAMODB_JSON",
            "exportType": "FULL_EXPORT",
        }
        lines = "".join(f"{json.dumps(each)}\n" for each in self._listed).encode()
        for key, content in ((files_key, lines), (export.summary_key, json.dumps(summary).encode())):
            self._put(f"{key.removesuffix('.json')}.checksum", _md5(content).encode())
            self._put(key, content)


def timestamp(moment: float) -> str:
    """Return a moment as manifests write it: `2020-11-04T07:28:34.028Z`."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
