# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Full exports of a table to S3, as of any moment that its point-in-time recovery knows, in DynamoDB's own format.

A request is accepted or refused for what it says of the table; what is wrong with the bucket, or with the caller's
rights to it, lets the export fail later. Incremental exports are refused.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb, s3

from emulator.clock import EmulatorClock
from emulator.dynamodb.recovery import rights
from emulator.dynamodb.recovery.answers import RecoveryRequestError, answered, required
from emulator.dynamodb.recovery.export_files import ExportedTable, ExportWriter, data_files
from emulator.dynamodb.recovery.histories import StoredTable, TableHistories
from emulator.dynamodb.recovery.jobs import RecoveryJob, RecoveryJobs
from emulator.dynamodb.recovery.windows import RecoveryWindow
from emulator.dynamodb.recovery.write_history import HistoryItem
from emulator.faults import ActiveFaults
from emulator.patching import Answer, instead, wrap

EXPORT_SECONDS: Final = 5
"""Emulated seconds; on AWS an export takes minutes at least."""

_MOST_A_PAGE: Final = 25
_LOOK_SECONDS: Final = 1
_SHOWN: Final = ("ExportArn", "ExportStatus", "ExportType")
_KEPT: Final = ("S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId", "ClientToken")
_ENCRYPTION: Final = {"AES256": "AES256", "KMS": "aws:kms"}


class ExportFailedError(Exception):
    """An export ends FAILED, with one of its failure codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TableExports:
    """Answers `ExportTableToPointInTime`, `DescribeExport` and `ListExports`, and writes what is exported."""

    def __init__(
        self,
        *,
        clock: EmulatorClock,
        faults: ActiveFaults,
        histories: TableHistories,
        jobs: RecoveryJobs,
        may: rights.May = rights.may,
    ) -> None:
        self._clock, self._faults, self._histories, self._jobs = clock, faults, histories, jobs
        self._may = may

    def install(self) -> None:
        """Take the requests over."""
        wrap(dynamodb, "_export_table_to_point_in_time", instead(self.begin))
        wrap(dynamodb, "_describe_export", instead(self.describe))
        wrap(dynamodb, "_list_exports", instead(self.list_exports))

    def begin(self, request: dict[str, Any]) -> Answer:
        """Answer `ExportTableToPointInTime`."""
        try:
            return self._begin(request)
        except RecoveryRequestError as error:
            return error.answer

    def describe(self, request: dict[str, Any]) -> Answer:
        """Answer `DescribeExport`."""
        try:
            arn = required(request, "ExportArn")
        except RecoveryRequestError as error:
            return error.answer
        description = dynamodb._exports.get(arn)
        if description is None:
            return RecoveryRequestError("ExportNotFoundException", f"Export not found: {arn}").answer
        return answered({"ExportDescription": description})

    def list_exports(self, request: dict[str, Any]) -> Answer:
        """Answer `ListExports`: the latest first."""
        table, after = request.get("TableArn"), request.get("NextToken")
        wanted = [
            description
            for description in reversed(list(dynamodb._exports.values()))
            if table in (None, description["TableArn"])
        ]
        arns = [description["ExportArn"] for description in wanted]
        start = arns.index(after) + 1 if after in arns else 0
        page = wanted[start : start + min(request.get("MaxResults") or _MOST_A_PAGE, _MOST_A_PAGE)]
        shown: dict[str, Any] = {"ExportSummaries": [{name: each[name] for name in _SHOWN} for each in page]}
        if page and start + len(page) < len(wanted):
            shown["NextToken"] = page[-1]["ExportArn"]
        return answered(shown)

    def _begin(self, request: dict[str, Any]) -> Answer:
        arn, bucket = required(request, "TableArn"), required(request, "S3Bucket")
        _check_form(request)
        table = dynamodb._tables.get(dynamodb._normalize_table_name(arn))
        if table is None or table["TableArn"] != arn:
            raise RecoveryRequestError("TableNotFoundException", f"Table not found: {arn}")
        again = self._same_token(request)
        if again is not None:
            return answered({"ExportDescription": again})
        window, now = self._histories.window(table), self._clock.time()
        if window is None:
            raise RecoveryRequestError(
                "PointInTimeRecoveryUnavailableException",
                f"Point in time recovery is not enabled for table '{table['TableName']}'",
            )
        moment = _moment(request, window, now)
        description = {
            "ExportArn": f"{arn}/export/{int(now * 1000):014d}-{dynamodb.new_uuid()[:8]}",
            "ExportStatus": "IN_PROGRESS",
            "StartTime": now,
            "TableArn": arn,
            "TableId": table["TableId"],
            "S3Bucket": bucket,
            "ExportTime": moment,
            "ExportFormat": "DYNAMODB_JSON",
            "ExportType": "FULL_EXPORT",
            **{name: request[name] for name in _KEPT if request.get(name)},
        }
        dynamodb._exports[description["ExportArn"]] = description
        self._start(table, description, [item for _, _, item in self._histories.items_at(table, moment)])
        return answered({"ExportDescription": description})

    def _start(self, table: StoredTable, description: dict[str, Any], items: list[HistoryItem]) -> None:
        account, region, size = get_account_id(), get_region(), table["TableSizeBytes"]
        allowed = self._allowed(description)

        def failed(message: str, code: str = "InternalServerError") -> None:
            ended = {"ExportStatus": "FAILED", "EndTime": self._clock.time()}
            description.update(ended, FailureCode=code, FailureMessage=message)

        async def work() -> None:
            with request_scope(account, region):
                try:
                    await self._write(description, items, size, allowed=allowed)
                except ExportFailedError as error:
                    failed(str(error), error.code)

        what = f"the export {description['ExportArn']}"
        self._jobs.add(RecoveryJob(what, region, EXPORT_SECONDS, work, failed))

    def _allowed(self, description: dict[str, Any]) -> bool:
        prefix = f"{description['S3Prefix'].rstrip('/')}/" if "S3Prefix" in description else ""
        objects = f"arn:aws:s3:::{description['S3Bucket']}/{prefix}AWSDynamoDB/*"
        return all(self._may(f"s3:{action}", objects) for action in rights.EXPORT_OBJECTS)

    async def _write(
        self, description: dict[str, Any], items: list[HistoryItem], billed_bytes: int, *, allowed: bool
    ) -> None:
        bucket = description["S3Bucket"]
        if bucket not in s3._buckets:
            raise ExportFailedError("S3NoSuchBucket", "The specified bucket does not exist")
        if not allowed or description.get("S3BucketOwner", get_account_id()) != get_account_id():
            raise ExportFailedError("S3AccessDenied", "Access Denied (Service: Amazon S3; Status Code: 403)")
        region = s3.bucket_region(bucket)
        while not self._faults.reachable(region, "s3"):
            await self._clock.sleep(_LOOK_SECONDS)
        headers = _headers(description)
        exported = _exported(description)

        def put(key: str, content: bytes) -> str:
            with request_scope(get_account_id(), region):
                status, shown, body = s3._put_object(bucket, key, content, dict(headers))
            if status != HTTPStatus.OK:
                raise ExportFailedError("S3ServiceException", body.decode(errors="replace"))
            return str(shown["ETag"]).strip('"')

        writer = ExportWriter(exported, put)
        writer.start()
        files = data_files(items)
        # Compressing takes seconds for a million items: others are served meanwhile.
        while (file := await asyncio.to_thread(next, files, None)) is not None:
            writer.add(*file)
        ended_at = self._clock.time()
        writer.finish(ended_at=ended_at, billed_bytes=billed_bytes)
        description.update(
            ExportStatus="COMPLETED",
            EndTime=ended_at,
            ExportManifest=exported.summary_key,
            ItemCount=writer.items,
            BilledSizeBytes=billed_bytes,
        )

    @staticmethod
    def _same_token(request: dict[str, Any]) -> dict[str, Any] | None:
        token = request.get("ClientToken")
        for description in dynamodb._exports.values() if token else ():
            if description.get("ClientToken") == token:
                if any(description.get(name) != request.get(name) for name in ("TableArn", "S3Bucket", "S3Prefix")):
                    raise RecoveryRequestError("ExportConflictException", "ClientToken was used with other parameters")
                found: dict[str, Any] = description
                return found
        return None


def _check_form(request: dict[str, Any]) -> None:
    for name, only in (("ExportType", "FULL_EXPORT"), ("ExportFormat", "DYNAMODB_JSON")):
        if request.get(name, only) != only:
            raise RecoveryRequestError(
                "ValidationException", f"{name} must be {only} in the emulator, got {request[name]}"
            )
    if "IncrementalExportSpecification" in request:
        raise RecoveryRequestError(
            "ValidationException", "IncrementalExportSpecification must not be given for a FULL_EXPORT"
        )
    if request.get("S3SseAlgorithm", "AES256") not in _ENCRYPTION:
        raise RecoveryRequestError(
            "ValidationException", f"S3SseAlgorithm must be AES256 or KMS, got {request['S3SseAlgorithm']}"
        )


def _moment(request: dict[str, Any], window: RecoveryWindow, now: float) -> float:
    """Return the moment to export: up to now, unlike a restore's, since an export may wait for the latest writes."""
    moment = request.get("ExportTime", now)
    if moment not in RecoveryWindow(window.earliest, now):
        raise RecoveryRequestError(
            "InvalidExportTimeException",
            f"ExportTime must be between {window.shown['EarliestRestorableDateTime']} and now, got {moment}",
        )
    return float(moment)


def _headers(description: dict[str, Any]) -> dict[str, str]:
    algorithm, key = description.get("S3SseAlgorithm"), description.get("S3SseKmsKeyId")
    headers = {"x-amz-server-side-encryption": _ENCRYPTION[algorithm]} if algorithm else {}
    return {**headers, "x-amz-server-side-encryption-aws-kms-key-id": key} if key else headers


def _exported(description: dict[str, Any]) -> ExportedTable:
    return ExportedTable(
        export_arn=description["ExportArn"],
        table_arn=description["TableArn"],
        table_id=description["TableId"],
        bucket=description["S3Bucket"],
        prefix=description.get("S3Prefix", ""),
        started_at=description["StartTime"],
        exported_at=description["ExportTime"],
        encryption={
            "s3SseAlgorithm": description.get("S3SseAlgorithm", "AES256"),
            "s3SseKmsKeyId": description.get("S3SseKmsKeyId"),
        },
    )
