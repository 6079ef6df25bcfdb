"""Writes point-in-time exports as DynamoDB does: gzip files of items, and the manifests that list them."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from handlers.runtime import timestamp
from tests.unit.operations.plans.topologies import SITE

FILES = 2


def write_export(
    directory: Path, region: str, items: Sequence[Mapping[str, Any]], *, at: float, number: int = 1, **changes: Any
) -> Path:
    """Write an export below a directory and return its own; `changes` replace fields of its summary."""
    export = directory / "prefix" / "AWSDynamoDB" / f"0{number}-{region}"
    (export / "data").mkdir(parents=True)
    listed = []
    for part in range(FILES):
        mine = items[part::FILES]
        path = export / "data" / f"part{part}.json.gz"
        path.write_bytes(gzip.compress("".join(f"{json.dumps({'Item': item})}\n" for item in mine).encode()))
        key = f"prefix/AWSDynamoDB/{export.name}/data/{path.name}"
        listed.append({"itemCount": len(mine), "md5Checksum": "", "etag": "", "dataFileS3Key": key})
    (export / "manifest-files.json").write_text("".join(f"{json.dumps(each)}\n" for each in listed))
    summary = {
        "version": "2020-06-30",
        "tableArn": f"arn:aws:dynamodb:{region}:111122223333:table/{SITE.table_name}",
        "exportTime": timestamp(at),
        "itemCount": len(items),
        "outputFormat": "DYNAMODB_JSON",
        **changes,
    }
    (export / "manifest-summary.json").write_text(json.dumps(summary))
    (export / "_started").touch()
    return export
