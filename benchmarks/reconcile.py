"""How fast payments are reconciled, and in how much memory: `./run benchmarks.reconcile [payments …]`.

For each size it writes both replicas as point-in-time exports (gzip DynamoDB JSON) and the logs of both buckets, takes
one payment in a thousand out of the standby's, and measures three steps, each in a process of its own: reading one
replica page by page (a real boto3 client over canned answers, so without the network), comparing what scans wrote, and
comparing the exports. A step that does not find exactly the payments that were taken out fails.
"""

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import boto3
import duckdb
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from rich.table import Table

from benchmarks.measure import Command, run, show
from handlers.payments.logged_payment import CONTENT, LoggedPayment
from operations.reconcile.comparison import Comparison
from operations.reconcile.places import COMPARED, LOGS, TABLES, Place
from operations.reconcile.scan import SEGMENTS, scan

SIZES = (10_000, 100_000, 1_000_000)
TAKEN_OUT = 1000
"""One payment in so many."""
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
                taken = run(Command(name=step, arguments=arguments, directory=_ROOT))
                rows = payments if step == "scan" else len(COMPARED) * payments
                figures = (
                    f"{taken.wall:.1f} s",
                    f"{rows / taken.wall:,.0f}",
                    f"{taken.cpu:.1f} s",
                    f"{rows / taken.cpu:,.0f}",
                )
                table.add_row(f"{payments:,}", step, f"{rows:,}", *figures, f"{taken.memory / 1e6:.0f} MB")
    show(table, versions={"duckdb": duckdb.__version__, "boto3": boto3.__version__})


def generate(directory: Path, payments: int) -> None:
    """Write the files of all places: tables as exports and as scans leave them, in four parts, and logs."""
    files: dict[tuple[Place, str, int], TextIO] = {}
    for place in TABLES:
        for form in ("export", "scan"):
            (directory / form / place).mkdir(parents=True)
        for part in range(SEGMENTS):
            files[place, "export", part] = gzip.open(directory / "export" / place / f"{part}.json.gz", "wt", 1)  # noqa: SIM115 — closed below
            files[place, "scan", part] = (directory / "scan" / place / f"{part}.json").open("w")
    for place in LOGS:
        (directory / "logs" / place).mkdir(parents=True)
        files[place, "logs", 0] = (directory / "logs" / place / "lines.jsonl").open("w")
    for number in range(payments):
        item, line = _payment(number)
        for (place, form, part), file in files.items():
            if form == "logs":
                file.write(line)
            elif part == number % SEGMENTS and (place is Place.PRIMARY_TABLE or number % TAKEN_OUT):
                file.write(item)
    for file in files.values():
        file.close()


def _payment(number: int) -> tuple[str, str]:
    transaction_id = f"payment-{number * 2_654_435_761 % 2**32:08x}-{number:024x}"  # in no order, as ids are
    metadata = f'{{"customer":"{number % 977:06d}","order":"{number:012d}","text":"{"lorem ipsum " * 5}"}}'
    moment = f"2026-01-{number % 28 + 1:02d}T12:00:00.000Z"
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


STEPS = {"scan": _scan, "compare scans": _compare_scans, "compare exports": _compare_exports}

if __name__ == "__main__":
    main()
