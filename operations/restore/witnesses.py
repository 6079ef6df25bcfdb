"""Reads all witnesses into files: what was restored, both live replicas, both buckets' logs, both access logs."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from contract.roles import Role
from handlers.runtime import timestamp
from operations.aws import Aws
from operations.errors import OperationError, UsageError, one_line
from operations.reconcile.evidence import PATIENT_ATTEMPTS, Holding
from operations.reconcile.exports import fetch_exports, find_exports
from operations.reconcile.logs import read_logs
from operations.reconcile.scan import scan, segments
from operations.reconcile.sources import Place
from operations.release.call_pace import CallPace
from operations.restore.access_log import CALL_SECONDS, AccessLog
from operations.restore.comparison import Witness
from operations.restore.logged_lines import verify_with_change
from operations.site import Site
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.site_clock import SiteClock

OnRows = Callable[[str, int], None]
"""Told how many more rows of what were read."""

_DAY_SECONDS = 86_400.0

T = TypeVar("T")


@dataclass
class WitnessFiles:
    """The files of all witnesses; what could not be read is named in `unknown`."""

    files: dict[Witness, Sequence[Path]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


class Witnesses:
    """Reads a site's witnesses into a directory.

    Args:
        site: The site's names.
        aws: The clients.
        clock: The site's time.
        serving: The region that serves: its replica is what is judged.
        directory: The directory for files.
        on_rows: Told of progress.
    """

    def __init__(self, site: Site, aws: Aws, clock: SiteClock, serving: Role, directory: Path, on_rows: OnRows) -> None:
        self._site, self._clock, self._directory, self._on_rows = site, clock, directory, on_rows
        self._serving = serving
        self._other = Role.STANDBY if serving is Role.PRIMARY else Role.PRIMARY
        self._patient = aws.patient(attempts=PATIENT_ATTEMPTS, hears=clock.hear)
        self._paces = {role: CallPace(CALL_SECONDS, _PacedBy(clock)) for role in Role}

    def side_table(self, role: Role, name: str) -> Sequence[Path]:
        """Read the side table.

        Raises:
            BotoCoreError, ClientError: It cannot be read.
        """
        return self._scan(role, name, "restored").files

    def export(self, location: str) -> tuple[Sequence[Path], float]:
        """Return the files and the time of the newest export of the region that serves, or else of the other one.

        Raises:
            OperationError: There is none, or it is incomplete.
        """
        directory = Path(location)
        if location.startswith("s3://"):
            directory = self._directory / "exports"
            fetch_exports(
                self._patient.client("s3", self._site.regions[self._serving].name),
                location,
                directory,
                self._site.table_name,
            )
        places = {_table(role): self._site.regions[role].name for role in (self._serving, self._other)}
        found = find_exports(directory, places, self._site.table_name)
        for place in places:
            export = found[place]
            if isinstance(export, Known):
                return export.value.files, export.value.as_of
        raise UsageError(f"--from-export must hold an export of {self._site.table_name}, got {location}")

    def replicas(self) -> WitnessFiles:
        """Read both live replicas; the other region's may be out of reach, then it is unknown.

        Raises:
            OperationError: The replica of the region that serves cannot be read.
        """
        table = self._site.table_name
        serving, other = self._each(
            partial(self._scan, self._serving, table, "serving"), partial(self._scan, self._other, table, "other")
        )
        if not isinstance(serving, Known):
            raise OperationError(f"the replica of the region that serves must be readable: {serving.reason}")
        read = WitnessFiles({Witness.SERVING: serving.value.files})
        if isinstance(other, Known):
            read.files[Witness.OTHER] = other.value.files
        else:  # compared with itself, so that the other one is not judged
            read.files[Witness.OTHER] = serving.value.files
            read.unknown.append(f"the replica in {self._site.regions[self._other].name}: {other.reason}")
        return read

    def logs(self, since: float) -> WitnessFiles:
        """Read the logs that were written since a moment, in both buckets."""
        places = {Witness.PRIMARY_LOGS: Role.PRIMARY, Witness.STANDBY_LOGS: Role.STANDBY}
        read = WitnessFiles()
        answers = self._each(*(partial(self._logs, role, witness, since) for witness, role in places.items()))
        for (witness, role), answer in zip(places.items(), answers, strict=True):
            region = self._site.regions[role].name
            if not isinstance(answer, Known):
                read.unknown.append(f"the logs in {region}: {answer.reason}")
                continue
            read.files[witness] = answer.value.files
            if answer.value.unread_logs:
                read.unknown.append(f"{answer.value.unread_logs} archived logs in {region}")
        return read

    def requests(self, name: str, *, since: float, until: float) -> tuple[Mapping[Role, Path], float | None, list[str]]:
        """Read both access logs; return the files, from when on they tell of all, and what could not be read."""
        unknown = [] if not self._site.has_function_urls else ["requests by Function URLs, of which there is no log"]
        answers = self._each(*(partial(self._requests, role, name, since, until) for role in Role))
        days = self._site.log_retention_days
        files, reach = {}, since if days is None else max(since, self._clock.time() - days * _DAY_SECONDS)
        for role, answer in zip(Role, answers, strict=True):
            if isinstance(answer, Known):
                files[role] = answer.value
            else:
                unknown.append(f"the access log in {self._site.regions[role].name}: {answer.reason}")
        return files, None if unknown else reach, unknown

    def _requests(self, role: Role, name: str, since: float, until: float) -> Path:
        region = self._site.regions[role]
        log = AccessLog(
            self._patient.client("logs", region.name), region, self._site.suffix, self._paces[role], self._clock
        )
        file = self._directory / f"{name}-{role}.jsonl"
        on_requests = partial(self._on_rows, f"requests of {region.name}")
        log.read(file, since=since, until=until, on_requests=on_requests)
        return file

    def _scan(self, role: Role, table: str, name: str) -> Holding:
        client = self._patient.client("dynamodb", self._site.regions[role].name)
        size = int(client.describe_table(TableName=table)["Table"].get("TableSizeBytes", 0))
        return scan(
            client,
            table,
            self._directory / name,
            as_of=self._clock.time(),
            at_once=segments(size),
            on_rows=partial(self._on_rows, f"items of {table} in {self._site.regions[role].name}"),
        )

    def _logs(self, role: Role, witness: Witness, since: float) -> Holding:
        region = self._site.regions[role]
        return read_logs(
            self._patient.client("s3", region.name),
            region.bucket_name,
            self._directory / witness,
            as_of=self._clock.time(),
            since=timestamp(max(0.0, since)),
            on_rows=partial(self._on_rows, f"log lines in {region.name}"),
            verify=verify_with_change,
        )

    def _each(self, *reads: Callable[[], T]) -> list[Reading[T]]:
        with ThreadPoolExecutor(len(reads)) as threads:
            return list(threads.map(_read, reads))


class _PacedBy:
    """Paces calls by the site's clock."""

    def __init__(self, clock: SiteClock) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        """Return emulated seconds."""
        return self._clock.monotonic()

    def pause(self, seconds: float) -> None:
        """Wait for emulated seconds."""
        self._clock.sleep(seconds)


def _read(read: Callable[[], T]) -> Reading[T]:
    try:
        return Known(read())
    except (BotoCoreError, ClientError) as error:
        return Unknown(one_line(error))


def _table(role: Role) -> Place:
    return Place.PRIMARY_TABLE if role is Role.PRIMARY else Place.STANDBY_TABLE
