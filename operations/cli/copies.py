"""`dr copies`: counts the objects that were not copied to the other region, and has S3 copy them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.progress import Progress

from contract.roles import Role
from operations.cli.exit_status import DONE, FAILED
from operations.cli.options import OutputFormat
from operations.cli.progress import progress
from operations.cli.region_names import read_role
from operations.cli.session import Session
from operations.cli.standing import show_topology
from operations.clock import at_least
from operations.copies.healing import CopyJob, CopyRepair
from operations.errors import OperationError, one_line
from operations.timestamps import epoch_seconds, parse_since

_PAUSE_SECONDS, _MINIMUM_PAUSE_SECONDS = 5.0, 0.2
"""Between two looks at a job, emulated and real."""


@dataclass
class RegionCopies:
    """What is known of one bucket's copies."""

    role: Role
    healing: CopyRepair
    job: str = ""
    found: CopyJob | None = None
    problem: str = ""
    """Why it is unknown how many are left."""

    @property
    def waits(self) -> bool:
        """Whether there is something to copy."""
        return self.found is not None and self.found.is_prepared and not self.found.is_empty

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to copy."""
        return not self.problem and self.found is not None and (self.found.is_empty or self.found.is_good)


def copies(session: Session, *, region: str | None, before: str | None, dry_run: bool) -> int:
    """Count what was not copied, copy it if agreed, and return the exit status."""
    roles = list(Role) if region is None else [read_role(session.site, region, option="--region")]
    until = epoch_seconds(parse_since(before, now=session.clock.time(), option="--before"))
    moment = session.clock.time() if until is None else until
    standing = show_topology(session)
    found = [RegionCopies(role, CopyRepair(session.site, role, session.aws)) for role in roles]
    try:
        _count(session, found, moment)
        waiting = [each for each in found if each.waits]
        _show(session, found)
        if waiting and not dry_run and session.confirm(_question(session, waiting)):
            _copy(session, waiting)
            _show(session, waiting)
    finally:
        _cancel(found)
    if session.output is OutputFormat.JSON:
        regions = [_document(session, each) for each in found]
        print(json.dumps({"regions": regions, "dryRun": dry_run, "before": standing}, indent=2))
    return DONE if all(each.is_done or (dry_run and each.waits) for each in found) else FAILED


def _count(session: Session, found: list[RegionCopies], before: float) -> None:
    for each in found:
        _trying(each, lambda each=each: _prepare(each, before))  # type: ignore[misc]  # bound in the loop
    with progress(session) as shown:
        for each in found:
            task = shown.add_task(f"{_name(session, each)}: S3 lists what was not copied", total=None)
            _trying(each, lambda each=each: _follow(session, each, lambda job: job.is_prepared))  # type: ignore[misc]
            shown.remove_task(task)


def _copy(session: Session, waiting: list[RegionCopies]) -> None:
    for each in waiting:
        _trying(each, lambda each=each: _confirm(each))  # type: ignore[misc]
    with progress(session) as shown:
        for each in waiting:
            _trying(each, lambda each=each: _follow(session, each, lambda _: False, shown))  # type: ignore[misc]


def _prepare(each: RegionCopies, before: float) -> None:
    each.job = each.healing.prepare(before)


def _confirm(each: RegionCopies) -> None:
    each.healing.confirm(each.job)
    if each.found is not None:
        each.found = replace(each.found, state="Ready")


def _trying(each: RegionCopies, act: Callable[[], None]) -> None:
    """Do something for a region, unless it is unknown already; what fails makes it unknown, and spares the other."""
    if each.problem:
        return
    try:
        act()
    except (BotoCoreError, ClientError, OperationError) as error:
        each.problem = one_line(error)


def _follow(
    session: Session, each: RegionCopies, reached: Callable[[CopyJob], bool], shown: Progress | None = None
) -> None:
    """Read a job until it is over, or where it should be."""
    task = (
        shown.add_task(f"{_name(session, each)}: objects", total=each.found.objects) if shown and each.found else None
    )
    while True:
        each.found = each.healing.read(each.job)
        if shown is not None and task is not None:
            shown.update(task, completed=each.found.copied + each.found.failed)
        if each.found.is_over or reached(each.found):
            break
        session.clock.sleep(at_least(_PAUSE_SECONDS, real=_MINIMUM_PAUSE_SECONDS, scale=session.clock.scale))
    if each.found.state == "Failed" and not each.found.is_empty:
        each.problem = each.found.problem


def _cancel(found: list[RegionCopies]) -> None:
    """End the jobs that nobody has agreed to."""
    for each in found:
        if each.job and (each.found is None or each.found.is_prepared):
            try:
                each.healing.cancel(each.job)
            except (BotoCoreError, ClientError) as error:
                each.problem = each.problem or f"the job {each.job} waits for its confirmation: {one_line(error)}"


def _question(session: Session, waiting: list[RegionCopies]) -> str:
    parts = [f"{each.found.objects} objects of {_name(session, each)}" for each in waiting if each.found]
    return f"Copy {' and '.join(parts)} again?"


def _show(session: Session, found: list[RegionCopies]) -> None:
    for each in found:
        session.console.print(f"{_name(session, each)}: {_told(each)}", markup=False)


def _told(each: RegionCopies) -> str:
    if each.problem or each.found is None:
        return f"unknown: {each.problem or 'it was not counted'}"
    if each.found.is_empty:
        return "nothing is left to copy"
    if each.found.is_prepared:
        return f"{each.found.objects} objects failed to be copied, or are older than the rule"
    return f"{each.found.copied} of {each.found.objects} objects copied, {each.found.failed} failed"


def _document(session: Session, each: RegionCopies) -> dict[str, Any]:
    found = each.found
    return {
        "region": session.site.regions[each.role].name,
        "job": each.job or None,
        "objects": None if each.problem or found is None else found.objects,
        "copied": 0 if found is None else found.copied,
        "failed": 0 if found is None else found.failed,
        "problem": each.problem or None,
    }


def _name(session: Session, each: RegionCopies) -> str:
    regions = session.site.regions
    return f"{regions[each.role].name} to {regions[each.role.peer].name}"
