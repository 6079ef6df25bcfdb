# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Imports from S3, which MiniStack runs: they take their caller's rights, and the table is not ready before the end.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Requesting.html
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ministack.services import dynamodb

from emulator.dynamodb.recovery import rights
from emulator.dynamodb.recovery.answers import RecoveryRequestError
from emulator.dynamodb.recovery.preparing import TablesInPreparation
from emulator.patching import Answer, Theirs, wrap


class TableImports:
    """Looks at `ImportTable` before MiniStack does, and at the end of each import."""

    def __init__(self, *, preparing: TablesInPreparation, may: rights.May = rights.may) -> None:
        self._preparing, self._may = preparing, may

    def install(self) -> None:
        """Take the beginning and the end of imports over."""
        wrap(dynamodb, "_import_table", self._beginning)
        wrap(dynamodb, "_finish_import", self._ending)

    def _beginning(self, original: Callable[[dict[str, Any]], Answer]) -> Callable[[dict[str, Any]], Answer]:
        def begin(request: dict[str, Any]) -> Answer:
            source = request.get("S3BucketSource") or {}
            bucket = f"arn:aws:s3:::{source.get('S3Bucket')}"
            try:
                rights.check(self._may, "s3", ("ListBucket",), bucket)
                rights.check(self._may, "s3", ("GetObject",), f"{bucket}/{source.get('S3KeyPrefix') or ''}*")
            except RecoveryRequestError as error:
                return error.answer
            name = (request.get("TableCreationParameters") or {}).get("TableName")
            exists = name in dynamodb._tables
            answer = original(request)
            if answer[0] == HTTPStatus.OK and not exists:
                self._preparing.begin(dynamodb._tables[name])
            return answer

        return begin

    def _ending(self, original: Callable[..., None]) -> Callable[..., None]:
        def end(description: dict[str, Any], *how: Theirs) -> None:
            original(description, *how)
            self._preparing.end(description["TableCreationParameters"]["TableName"])

        return end
