"""How fast a restore is compared, and in how much memory: `./run benchmarks.restore [payments …]`.

For each size it writes what was restored and both live replicas as scans leave them, the logs of both buckets from the
moment on, and the requests of both access logs. A tenth of the payments was made after the moment. One payment in a
thousand is altered, one is deleted, one is doubled under a new id, and one is made up. The comparison runs in a process
of its own, from the files to the written proposal, and fails unless it finds exactly these.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import duckdb
from rich.table import Table

from benchmarks.measure import Contender, run, show
from handlers.payments.logged_payment import LoggedPayment
from operations.restore.comparison import RestoreComparison, Witness
from operations.restore.findings import RestoreFindingKind
from operations.restore.judging import WitnessReach
from operations.restore.proposal import RestoreSummary, write_proposal

SIZES = (10_000, 100_000, 1_000_000)
EACH = 1000
"""One payment in so many is altered, and so on."""
LATER = 10
"""One payment in so many was made after the moment."""
PARTS = 4
MOMENT, AFTER = "2026-01-31T12:00:00.000Z", "2026-01-31T12:30:00.000Z"
ROWS = 3.2
"""How many rows are read for each payment: three tables, and a tenth in each bucket's logs and in an access log."""


def main() -> None:
    """Measure all sizes, or the one that a process of its own is for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("payments", nargs="*", type=int)
    parser.add_argument("--compare", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.compare is not None:
        _compare(given.compare, given.payments[0])
        return
    table = Table("Payments", "Rows", "Wall", "CPU", "Rows per CPU second", "Peak memory")
    for payments in given.payments or SIZES:
        with tempfile.TemporaryDirectory(prefix="restore-") as name:
            directory = Path(name)
            generate(directory, payments)
            arguments = [sys.executable, "-m", "benchmarks.restore", "--compare", name, str(payments)]
            taken = run(Contender(name="compare", arguments=arguments, directory=Path.cwd()))
            rows = int(payments * ROWS)
            figures = (f"{taken.wall:.1f} s", f"{taken.cpu:.1f} s", f"{rows / taken.cpu:,.0f}")
            table.add_row(f"{payments:,}", f"{rows:,}", *figures, f"{taken.memory / 1e6:.0f} MB")
    show(table, versions={"duckdb": duckdb.__version__})


def generate(directory: Path, payments: int) -> None:
    """Write the files of all witnesses."""
    files = {
        (witness, part): (directory / f"{witness}-{part}.json").open("w", encoding="utf-8")
        for witness in Witness
        for part in range(PARTS)
    }
    with (directory / "requests.jsonl").open("w", encoding="utf-8") as requests:
        for number in range(payments):
            _write(files, requests, number)
    for file in files.values():
        file.close()


def _write(files: Mapping[tuple[Witness, int], TextIO], requests: TextIO, number: int) -> None:
    part, fate = number % PARTS, number % EACH
    is_later = number % LATER == LATER - 1
    item = _item(f"payment-{number * 2_654_435_761 % 2**32:08x}-{number:012x}", number, AFTER if is_later else "")
    text = f"{json.dumps({'Item': item})}\n"
    if is_later:
        requests.write(f"{json.dumps({'requestId': item['requestId']['S'], 'status': '201'})}\n")
        _log(files, part, item)
    else:
        files[Witness.RESTORED, part].write(text)
    if fate == 0:
        _live(files, part, {**item, "amount": {"N": "99.99"}})
    elif fate != 1:
        _live(files, part, item)
    if fate in {2, 3}:
        added = _item(f"added-{number:012x}", number, AFTER)
        request = item["requestId"] if fate == 2 else {"S": f"nobody-{number}"}  # noqa: PLR2004 — doubled, or made up
        _log(files, part, added := {**added, "requestId": request})
        _live(files, part, added)


def _live(files: Mapping[tuple[Witness, int], TextIO], part: int, item: dict[str, Any]) -> None:
    for witness in (Witness.SERVING, Witness.OTHER):
        files[witness, part].write(f"{json.dumps({'Item': item})}\n")


def _log(files: Mapping[tuple[Witness, int], TextIO], part: int, item: dict[str, Any]) -> None:
    for witness in (Witness.PRIMARY_LOGS, Witness.STANDBY_LOGS):
        files[witness, part].write(f"{LoggedPayment.from_item(item).line()}\n")


def _item(transaction_id: str, number: int, moment: str) -> dict[str, Any]:
    metadata = f'{{"customer":"{number % 977:06d}","order":"{number:012d}","text":"{"lorem ipsum " * 5}"}}'
    texts = {
        "pk": f"payment#{transaction_id}",
        "kind": "payment",
        "transactionId": transaction_id,
        "currency": "EUR",
        "region": "us-east-1",
        "storedAt": moment or f"2026-01-{number % 28 + 1:02d}T12:00:00.000Z",
        "requestId": f"{number:08x}-0000-4000-8000-{number * 2_654_435_761 % 2**32:012x}",
        "metadata": metadata,
    }
    return {**{name: {"S": text} for name, text in texts.items()}, "amount": {"N": "10.5"}}


def _compare(directory: Path, payments: int) -> None:
    files = {witness: sorted(directory.glob(f"{witness}-*.json")) for witness in Witness}
    reach = WitnessReach(MOMENT, "2026-01-31T13:00:00.000Z", "2026-01-31T12:59:30.000Z", "2026-01-31T11:00:00.000Z")
    summary = RestoreSummary()
    with (
        tempfile.TemporaryDirectory(dir=directory) as spill,
        RestoreComparison(Path(spill), moment=MOMENT) as comparison,
    ):
        comparison.load(files)
        comparison.load_requests(directory / "requests.jsonl")
        comparison.compare(answers_since=str(reach.answers_since))
        write_proposal(directory / "proposal.jsonl", {"moment": MOMENT}, comparison.findings(reach), summary)
    planted = -(-payments // EACH)
    expected = Counter(
        {
            RestoreFindingKind.CHANGED: planted,
            RestoreFindingKind.DELETED: planted,
            RestoreFindingKind.SUSPICIOUS: 2 * planted,
        }
    )
    if Counter(summary.kinds) != expected or summary.added != payments // LATER:
        sys.exit(f"{expected} must be found, got {summary.document()}")


if __name__ == "__main__":
    main()
