"""`dr redrive`: sends dead letters to the retry queue of the region that serves."""

import json
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console

from contract.events import EventType
from contract.outputs import QueueKind
from operations.cli.exit_status import DONE, FAILED
from operations.cli.options import OutputFormat
from operations.cli.progress import progress
from operations.cli.region_names import read_role
from operations.cli.session import Session
from operations.cli.standing import show_topology
from operations.errors import UsageError
from operations.redrive.messages import Selection
from operations.redrive.redrive import Fate, Redrive, RedriveResult, serving_role
from operations.timestamps import parse_duration
from operations.topology.regional import RegionReader


def redrive(
    session: Session,
    region: str,
    *,
    rate: float,
    ids: Sequence[str] | None,
    older_than: str | None,
    contains: Sequence[str] | None,
    dry_run: bool,
) -> int:
    """Redrive the selected dead letters of a region, and return the exit status."""
    role = read_role(session.site, region, option="REGION")
    selection = Selection(
        frozenset(ids or ()),
        0.0 if older_than is None else parse_duration(older_than, option="--older-than"),
        _read_fields(contains or ()),
    )
    before = show_topology(session)
    serving = session.site.regions[serving_role(session.site, session.aws)].name
    reader = RegionReader(session.site, role, session.aws, session.clock)
    depth = reader.queue_depth(QueueKind.DEAD_LETTER)
    name = session.site.regions[role].name
    question = f"Redrive what is selected of about {depth.waiting} messages in {name} to {serving}, which serves?"
    if not dry_run and not session.confirm(question):  # a count of 0 may be a minute old (FACTS 4.8)
        raise typer.Abort
    work = Redrive(session.site, role, session.aws, session.clock, rate=rate)
    with progress(session) as shown:
        task = shown.add_task(f"dead letters of {name}", total=depth.waiting)
        result = work.run(selection, dry=dry_run, on_message=lambda: shown.advance(task))
    if sent := result.counts[Fate.REDRIVEN]:
        session.events.publish(EventType.PAYMENTS_REDRIVEN, reason="", region=serving, redriven=sent)
    after = show_topology(session)
    session.events.wait()
    if session.output is OutputFormat.JSON:
        told = _document(name, serving, result, held=depth.in_flight)
        print(json.dumps({**told, "before": before, "after": after}, indent=2))
    else:
        _print(session.console, name, serving, result, held=depth.in_flight)
    return FAILED if result.problems or result.ended_early or depth.in_flight else DONE


def _document(region: str, serving: str, result: RedriveResult, *, held: int) -> dict[str, Any]:
    return {
        "region": region,
        "serving": serving,
        "counts": result.counts,
        "problems": [{"messageId": message_id, "reason": reason} for message_id, reason in result.problems],
        "heldByOthers": held,
        "endedEarly": result.ended_early or None,
    }


def _print(console: Console, region: str, serving: str, result: RedriveResult, *, held: int) -> None:
    told = ", ".join(f"{count} {fate}" for fate, count in result.counts.items() if count)
    console.print(f"Dead letters of {region}, to {serving}: {told or 'none'}.")
    for message_id, reason in result.problems:
        console.print(f"left: {message_id}: {reason}", markup=False)
    if result.counts[Fate.MALFORMED]:
        console.print("Malformed messages stay parked: a human must read them.")
    if held:
        console.print(
            f"About {held} more were in flight when it began, received by others or by a killed run: repeat it."
        )
    if result.ended_early:
        console.print(f"It ended early, messages may be left: {result.ended_early}", markup=False)


def _read_fields(texts: Sequence[str]) -> dict[str, str]:
    fields = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise UsageError(f"--contains must be a field and its value, such as currency=EUR, got {text}")
        fields[name] = value
    return fields
