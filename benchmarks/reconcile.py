"""How fast payments are reconciled, and in how much memory: `./run benchmarks.reconcile [payments …]`.

For each size it writes both replicas as point-in-time exports (gzip DynamoDB JSON) and the logs of both buckets, takes
one payment in a thousand out of the standby's, and measures four steps, each in a process of its own: reading one
replica page by page (a real boto3 client over canned answers, so without the network), comparing what scans wrote,
comparing the exports, and comparing a period, half of all: with reading and verifying all logs of both buckets, those
of before it in search of its payments. A step that does not find exactly the payments that were taken out fails.
"""

import argparse
import gzip
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import boto3
import duckdb
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from rich.table import Table

from benchmarks.measure import Contender, run, show
from handlers.payments.logged_payment import CONTENT, LoggedPayment
from operations.reconcile.comparison import Comparison
from operations.reconcile.logs import read_logs, read_older_logs
from operations.reconcile.scan import SEGMENTS, scan
from operations.reconcile.sources import COMPARED, LOGS, TABLES, Place

SIZES = (10_000, 100_000, 1_000_000)
TAKEN_OUT = 1000
"""One payment in so many."""
DAYS, FIRST_DAY = 28, 15
"""Payments are spread over so many days, and the period begins with this one."""
SINCE = f"2026-01-{FIRST_DAY:02d}T00:00:00.000Z"
BATCH = 100
"""How many lines a log has."""
FORMS = ("export", "scan", "since")
"""How a replica's items come: in exports, by a scan, and by a scan of the period alone."""
PAGE_ITEMS = 3_000
"""About as many of these items as fit into a page of a scan, 1 MB."""

_ROOT = Path(__file__).resolve().parents[1]
_TABLE = "payments-benchmark"


def main() -> None:
    """Measure all steps at all sizes, or be one step of one size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="payments in each replica")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        STEPS[options.step](options.directory, options.sizes[0])
        return
    table = Table(
        "payments", "step", "rows", "wall", "rows/s", "CPU", "rows/CPU s", "peak memory", title="dr reconcile"
    )
    for payments in options.sizes:
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            generate(directory, payments)
            for step in STEPS:
                arguments = [sys.executable, "-m", "benchmarks.reconcile", str(payments)]
                arguments += ["--step", step, "--directory", name]
                taken = run(Contender(name=step, arguments=arguments, directory=_ROOT))
                rows = ROWS[step] * payments
                figures = (
                    f"{taken.wall:.1f} s",
                    f"{rows / taken.wall:,.0f}",
                    f"{taken.cpu:.1f} s",
                    f"{rows / taken.cpu:,.0f}",
                )
                table.add_row(f"{payments:,}", step, f"{rows:,}", *figures, f"{taken.memory / 1e6:.0f} MB")
    show(table, versions={"duckdb": duckdb.__version__, "boto3": boto3.__version__})


def generate(directory: Path, payments: int) -> None:
    """Write the files of all places: tables as exports and as scans leave them, in four parts, and logs by day."""
    files = _open_files(directory)
    for number in range(payments):
        item, line = _payment(number)
        for place in LOGS:
            files[place, "logs", number % DAYS].write(line)
        for place in TABLES:
            if place is Place.PRIMARY_TABLE or number % TAKEN_OUT:
                for form in FORMS:
                    if form != "since" or _in_period(number):
                        files[place, form, number % SEGMENTS].write(item)
    for file in files.values():
        file.close()


def _open_files(directory: Path) -> dict[tuple[Place, str, int], TextIO]:
    """Return, by place and form, the parts."""
    files: dict[tuple[Place, str, int], TextIO] = {}
    for place in TABLES:
        for form in FORMS:
            (directory / form / place).mkdir(parents=True)
            for part in range(SEGMENTS):
                path = directory / form / place / f"{part}.json"
                files[place, form, part] = (
                    gzip.open(f"{path}.gz", "wt", 1) if form == "export" else path.open("w")  # noqa: SIM115 — closed above
                )
    for place in LOGS:
        (directory / "logs" / place).mkdir(parents=True)
        for day in range(DAYS):
            files[place, "logs", day] = (directory / "logs" / place / f"{day + 1:02d}.jsonl").open("w")
    return files


def _in_period(number: int) -> bool:
    return number % DAYS + 1 >= FIRST_DAY


def _payment(number: int) -> tuple[str, str]:
    transaction_id = f"payment-{number * 2_654_435_761 % 2**32:08x}-{number:024x}"  # in no order, as ids are
    metadata = f'{{"customer":"{number % 977:06d}","order":"{number:012d}","text":"{"lorem ipsum " * 5}"}}'
    moment = f"2026-01-{number % DAYS + 1:02d}T12:00:00.000Z"
    texts = {
        "pk": f"payment#{transaction_id}",
        "kind": "payment",
        "transactionId": transaction_id,
        "currency": "EUR",
        "region": "us-east-1",
        "storedAt": moment,
        "metadata": metadata,
    }
    item = {**{name: {"S": text} for name, text in texts.items()}, "amount": {"N": "10.5"}}
    content = {name: item[name] for name in CONTENT}
    logged = LoggedPayment(transaction_id, "us-east-1", moment, json.dumps(content, separators=(",", ":")))
    return f"{json.dumps({'Item': item})}\n", f"{logged.line()}\n"


def _scan(directory: Path, payments: int) -> None:
    client: Any = boto3.client("dynamodb", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106
    pages = [_pages(directory / "export" / Place.PRIMARY_TABLE / f"{part}.json.gz") for part in range(SEGMENTS)]

    def answer(request: Any, **_: Any) -> AWSResponse:  # noqa: ANN401
        return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(next(pages[json.loads(request.body)["Segment"]])))

    client.meta.events.register("before-send.dynamodb.Scan", answer)
    holding = scan(client, _TABLE, directory / "written", as_of=0, on_rows=lambda _rows: None)
    if holding.rows != payments:
        sys.exit(f"{payments} items must be read, got {holding.rows}")


def _pages(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rt") as file:
        while lines := list(islice(file, PAGE_ITEMS)):
            items = ",".join(line[len('{"Item": ') : -2] for line in lines)
            last = json.dumps(json.loads(lines[-1])["Item"]["pk"])
            more = f',"LastEvaluatedKey":{{"pk":{last}}}' if len(lines) == PAGE_ITEMS else ""
            yield f'{{"Items":[{items}],"ScannedCount":{len(lines)}{more}}}'.encode()
        yield b'{"Items":[],"ScannedCount":0}'


class _Raw:
    """The body of a canned answer, as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def _compare_scans(directory: Path, payments: int) -> None:
    _compare(directory, "scan", payments)


def _compare_exports(directory: Path, payments: int) -> None:
    _compare(directory, "export", payments)


def _compare(directory: Path, form: str, payments: int) -> None:
    folders = {place: directory / (form if place.is_table else "logs") / place for place in COMPARED}
    files = {place: sorted(folder.iterdir()) for place, folder in folders.items()}
    with tempfile.TemporaryDirectory(dir=directory) as spill, Comparison(Path(spill)) as comparison:
        comparison.load(files)
        counted = comparison.payments()
        found = sum(1 for _ in comparison.differing())
    if counted[Place.PRIMARY_TABLE] != payments:
        sys.exit(f"{payments} payments must be counted, got {counted}")
    expected = -(-payments // TAKEN_OUT)
    if found != expected:
        sys.exit(f"{expected} differences must be found, got {found}")


class _Logs:
    """A bucket whose objects are parts of a folder's files; lines are equally long. Each was written at noon."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._length = (
            len(next(path for path in sorted(folder.iterdir()) if path.stat().st_size).read_bytes().split(b"\n")[0]) + 1
        )

    def get_paginator(self, _operation: str) -> "_Logs":
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        for path in sorted(self._folder.iterdir()):
            written = datetime(2026, 1, int(path.stem), 12, tzinfo=UTC)
            offsets = range(0, path.stat().st_size, BATCH * self._length)
            yield {"Contents": [{"Key": f"{path.name}/{offset}", "LastModified": written} for offset in offsets]}

    def get_object(self, *, Key: str, **_request: str) -> dict[str, Any]:  # noqa: N803 — boto3's name
        name, _, offset = Key.partition("/")
        with (self._folder / name).open("rb") as file:
            file.seek(int(offset))
            return {"Body": io.BytesIO(file.read(BATCH * self._length))}


def _compare_period(directory: Path, payments: int) -> None:
    files = {place: sorted((directory / "since" / place).iterdir()) for place in TABLES}
    with (
        tempfile.TemporaryDirectory(dir=directory) as name,
        Comparison(Path(name), since=SINCE) as comparison,
    ):
        logs = {place: _Logs(directory / "logs" / place) for place in LOGS}
        held = {
            place: read_logs(logs[place], "", Path(name) / place, as_of=0, since=SINCE, on_rows=lambda _rows: None)
            for place in LOGS
        }
        comparison.load({**files, **{place: holding.files for place, holding in held.items()}})
        touched = comparison.touched()
        for place, holding in held.items():
            older = read_older_logs(
                logs[place], "", holding, since=SINCE, wanted=touched.wants, on_rows=lambda _rows: None
            )
            comparison.load_older_logs(place, older.files)
        found = sum(1 for _ in comparison.differing())
    expected = sum(1 for number in range(payments) if _in_period(number)), _taken_out_in_period(payments)
    if (len(touched), found) != expected:
        sys.exit(f"payments and differences of the period must be {expected}, got {(len(touched), found)}")


def _taken_out_in_period(payments: int) -> int:
    return sum(1 for number in range(0, payments, TAKEN_OUT) if _in_period(number))


STEPS = {
    "scan": _scan,
    "compare scans": _compare_scans,
    "compare exports": _compare_exports,
    "compare a period": _compare_period,
}
ROWS = {"scan": 1, "compare scans": len(COMPARED), "compare exports": len(COMPARED), "compare a period": 3}
"""How many rows a step reads for each payment: of a period, both logs' lines and half of both replicas' items."""

if __name__ == "__main__":
    main()
