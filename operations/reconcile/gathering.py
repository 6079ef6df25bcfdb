"""Reads all sources concurrently; one that cannot be read is unknown, and the others are compared without it."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from handlers.runtime import timestamp
from operations.aws import Aws
from operations.errors import one_line
from operations.reconcile.evidence import PATIENT_ATTEMPTS, Evidence, Holding, OnRows, Queued
from operations.reconcile.exports import fetch_exports, find_exports
from operations.reconcile.logs import read_logs, read_older_logs
from operations.reconcile.period import UNKNOWN_CLOCK_SECONDS
from operations.reconcile.queues import read_queues
from operations.reconcile.scan import scan, segments
from operations.reconcile.sources import COMPARED, LOGS, QUEUES, TABLES, Place
from operations.site import Site
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.site_clock import SiteClock

MOST_EXPORT_AGE = 86_400.0
"""How old an export may be (emulated seconds)."""
_CLOCKS_DIFFER = 300.0
"""By less than this between functions, which stamp payments, and DynamoDB, which stamps exports (FACTS 1.18)."""

T = TypeVar("T")


class Gathering:
    """Reads a site's sources into files below a directory.

    Args:
        site: The site's names.
        aws: The clients.
        clock: Set to the site's time by the first answers, because payments and exports are stamped with it.
        directory: The directory for files.
        on_rows: Called with the number of rows read from a source.
    """

    def __init__(self, site: Site, aws: Aws, clock: SiteClock, directory: Path, on_rows: OnRows) -> None:
        self._site, self._aws, self._clock = site, aws, clock
        self._hearing = aws.patient(hears=clock.hear)
        self._patient = aws.patient(attempts=PATIENT_ATTEMPTS)
        self._directory = directory
        self._on_rows = on_rows

    def gather(self, *, since: str = "", exports: str | None = None) -> Evidence:
        """Read the logs, and the replicas by scans unless exports of them are given (a directory or `s3://…`).

        Raises:
            OperationError: An export is incomplete or in an unsupported format.
        """
        exported = self._exports(exports) if exports is not None else {}
        # Probe each source first: a region that is down fails here within seconds, only one that answers is read with
        # retries, and all answers set the clock before any age is judged.
        with ThreadPoolExecutor(len(COMPARED)) as threads:
            looks = {place: threads.submit(self._look, place) for place in COMPARED}
        work: dict[Place, Callable[[], Reading[Holding]]] = {
            place: partial(_read, partial(self._logs, place, looks[place], since)) for place in LOGS
        }
        for place in TABLES:
            read = partial(_read, partial(self._scan, place, looks[place], since))
            later = partial(self._brought_up_to_date, place, looks[place])
            work[place] = partial(later, exported[place]) if exported else read
        with ThreadPoolExecutor(len(work)) as threads:
            pending = {place: threads.submit(read) for place, read in work.items()}
        return {place: pending[place].result() for place in COMPARED}

    def queues(self) -> dict[Place, Reading[Queued]]:
        """Read both regions' queues, each twice.

        Messages move between queues meanwhile: workers forward and park them, and operators redrive them. A message
        that moves is seen by the first read in its old queue, or by the second in its new one.
        """
        first = self._look_into_queues(QUEUES, hidden=True)
        answering = [place for place, read in first.items() if isinstance(read, Known)]
        again = self._look_into_queues(answering, hidden=False)
        return {place: _both_looks(read, again.get(place, read)) for place, read in first.items()}

    def _look_into_queues(self, places: Collection[Place], *, hidden: bool) -> dict[Place, Reading[Queued]]:
        if not places:
            return {}
        with ThreadPoolExecutor(len(places)) as threads:
            pending = {
                place: threads.submit(
                    _read, partial(read_queues, self._site, place.role, self._aws, self._clock, hidden=hidden)
                )
                for place in places
            }
        return {place: future.result() for place, future in pending.items()}

    def older_logs(
        self, holdings: Mapping[Place, Holding], *, since: str, wanted: Callable[[bytes], bool]
    ) -> dict[Place, Reading[Holding]]:
        """Read the needed lines of the logs that were written before the period."""

        def read(place: Place) -> Holding:
            region = self._site.regions[place.role]
            return read_older_logs(
                self._patient.client("s3", region.name),
                region.bucket_name,
                holdings[place],
                since=since,
                wanted=wanted,
                on_rows=partial(self._on_rows, place),
            )

        with ThreadPoolExecutor(len(LOGS)) as threads:
            pending = {place: threads.submit(_read, partial(read, place)) for place in LOGS if place in holdings}
        return {place: future.result() for place, future in pending.items()}

    def _look(self, place: Place) -> int:
        """Return a replica's approximate size in bytes, or 0 for a bucket that answers."""
        if place.is_table:
            table = self._dynamodb(self._hearing, place).describe_table(TableName=self._site.table_name)["Table"]
            return int(table.get("TableSizeBytes", 0))
        region = self._site.regions[place.role]
        self._hearing.client("s3", region.name).list_objects_v2(Bucket=region.bucket_name, MaxKeys=1)
        return 0

    def _scan(self, place: Place, look: "Future[int]", since: str) -> Holding:
        at_once = segments(look.result())
        return scan(
            self._dynamodb(self._patient, place),
            self._site.table_name,
            self._directory / place,
            as_of=self._clock.time(),
            since=since,
            at_once=at_once,
            on_rows=partial(self._on_rows, place),
        )

    def _logs(self, place: Place, look: "Future[int]", since: str) -> Holding:
        look.result()
        region = self._site.regions[place.role]
        return read_logs(
            self._patient.client("s3", region.name),
            region.bucket_name,
            self._directory / place,
            as_of=self._clock.time(),
            since=since,
            on_rows=partial(self._on_rows, place),
        )

    def _exports(self, location: str) -> Mapping[Place, Reading[Holding]]:
        directory = Path(location)
        if location.startswith("s3://"):
            directory = self._directory / "exports"
            client = self._patient.client("s3", self._site.standby.name)
            fetch_exports(client, location, directory, self._site.table_name)
        regions = {place: self._site.regions[place.role].name for place in TABLES}
        return find_exports(directory, regions, self._site.table_name)

    def _brought_up_to_date(self, place: Place, look: "Future[int]", export: Reading[Holding]) -> Reading[Holding]:
        """Read the items that a replica stored since its export; if this fails, the replica is unknown."""
        if not isinstance(export, Known):
            return export
        age = (self._clock.time() - export.value.as_of) * self._clock.scale
        made = f"its export of {timestamp(export.value.as_of)}"
        ahead = _CLOCKS_DIFFER if isinstance(self._clock.ahead, Known) else UNKNOWN_CLOCK_SECONDS
        if not -ahead <= age <= MOST_EXPORT_AGE:
            return Unknown(f"{made} must be of the last 24 hours: an older one does not show what was lost since")
        since = timestamp(export.value.as_of - _CLOCKS_DIFFER)
        later = _read(partial(self._scan, place, look, since))
        if not isinstance(later, Known):
            return Unknown(f"{made} lacks what was stored later, which cannot be read: {later.reason}")
        files, rows = (*export.value.files, *later.value.files), export.value.rows + later.value.rows
        return Known(replace(later.value, files=files, rows=rows))

    def _dynamodb(self, aws: Aws, place: Place) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        return aws.client("dynamodb", self._site.regions[place.role].name)


def _read(read: Callable[[], T]) -> Reading[T]:
    try:
        return Known(read())
    except (BotoCoreError, ClientError) as error:
        return Unknown(one_line(error))


def _both_looks(first: Reading[Queued], again: Reading[Queued]) -> Reading[Queued]:
    if not (isinstance(first, Known) and isinstance(again, Known)):
        return again
    letters = {letter.message_id: letter for look in (first, again) for letter in look.value.parked}
    waiting = max(first.value.waiting, again.value.waiting)
    return Known(
        Queued(tuple(letters.values()), waiting, max(first.value.unlogged_batches, again.value.unlogged_batches))
    )


def expected_items(site: Site, aws: Aws) -> dict[Place, int]:
    """Return the replicas' approximate item counts, updated by DynamoDB every six hours; a lost replica is absent."""
    counts = {}
    for place in TABLES:
        try:
            client = aws.client("dynamodb", site.regions[place.role].name)
            counts[place] = int(client.describe_table(TableName=site.table_name)["Table"].get("ItemCount", 0))
        except (BotoCoreError, ClientError):
            continue
    return counts
