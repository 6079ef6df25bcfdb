"""`dr release resume`: goes on with a release whose driver is gone, where it was."""

from uuid import uuid4

from contract.environment import Function
from contract.releases import BEAT_SECONDS
from contract.roles import Role
from handlers.releases.changes import StaleReleaseError
from handlers.releases.changes import resume as take_up
from handlers.releases.item import Release, ReleaseState
from handlers.releases.targets import read_alias
from operations.cli.exit_status import REFUSED
from operations.cli.release_options import BakeWishes
from operations.cli.release_run import ReleaseRun, wishes_of
from operations.cli.session import Session
from operations.cli.typed_name import name_typed
from operations.errors import UsageError
from operations.release.driver import goes_on_at, moved_share
from operations.release.release_plan import ReleasePlan, ReleaseWishes, VersionMove, steps_of
from operations.release.release_record import ReleaseRecord
from operations.timestamps import epoch_seconds
from operations.topology.release_words import describe_release

SILENT_BEATS = 2
"""So many beats must be missing before a driver counts as gone; tickers wait for six."""


def resume(session: Session, *, wishes: BakeWishes) -> int:
    """Go on with the release, and return the exit status."""
    wanted = wishes_of(session, wishes)
    _ = session.by
    run = ReleaseRun(session)
    release = run.item(run.look())
    if release is None or release.state is not ReleaseState.RUNNING:
        state = "there was no release yet" if release is None else describe_release(release)
        raise UsageError(f"resume needs a release that runs, but {state}")
    plan = plan_of(run, release, wanted)
    run.note_plan(plan)
    name_typed(session)
    seen = await_driver_gone(run, release)
    if isinstance(seen, str):
        run.display.say("", f"Refused: {seen}", style="bold red")
        return run.end(REFUSED, outcome="refused", reason=seen)
    first = goes_on_at(plan.steps, moved_shares(run, release))
    record = ReleaseRecord(wishes.record_directory, session.site.suffix, session.clock)
    try:
        mine = take_up(run.controls.moving.client, run.controls.moving.control_table, seen, uuid4().hex)
    except StaleReleaseError as error:
        return run.end(REFUSED, outcome="refused", reason=str(error))
    return run.drive(plan, mine, record, first=first, began=epoch_seconds(release.at))


def plan_of(run: ReleaseRun, release: Release, wishes: ReleaseWishes) -> ReleasePlan:
    """Return the plan of a release that has begun: what it moves stands in its item.

    Raises:
        UsageError: The writer has been moved since, so that it can only be undone.
    """
    situation = run.reader.read()
    serving = situation.serving
    epoch = getattr(getattr(situation.writer, "value", None), "epoch", None)
    if serving is None or epoch != release.epoch:
        raise UsageError("the writer was moved since the release began: `dr release abort` puts it back")
    site = run.session.site
    moves = tuple(
        VersionMove(
            role,
            Function(function),
            version,
            release.after[site.regions[role].name].functions[function],
        )
        for role in Role
        for function, version in release.before[site.regions[role].name].functions.items()
    )
    return ReleasePlan(
        environment=site.suffix,
        idle=serving.peer,
        serving=serving,
        epoch=release.epoch,
        before=release.before,
        after=release.after,
        moves=moves,
        steps=steps_of(serving.peer, serving, wishes, moves),
    )


def await_driver_gone(run: ReleaseRun, release: Release) -> Release | str:
    """Return the release as it stands once its driver has missed its beats, or who drives it."""
    seen = run.controls.moving.read() or release
    run.display.say("", f"Waiting for {SILENT_BEATS * BEAT_SECONDS} s whether its driver lives …")
    run.controls.pause(SILENT_BEATS * BEAT_SECONDS + 1)
    now = run.controls.moving.read()
    if now is None or now.state is not ReleaseState.RUNNING or not now.is_same(seen):
        return "the release has ended meanwhile" if now is None else describe_release(now)
    return f"it is driven: {describe_release(now)}" if (now.driver, now.beat) != (seen.driver, seen.beat) else now


def moved_shares(run: ReleaseRun, release: Release) -> dict[Role, float]:
    """Return how far each region was moved."""
    found = {}
    for role, region in run.session.site.regions.items():
        client = run.controls.moving.clients.functions(region.name)
        before, after = (each[region.name].functions for each in (release.before, release.after))
        live = {function: read_alias(client, region.function_names[Function(function)]) for function in after}
        found[role] = moved_share(before, after, live)
    return found
