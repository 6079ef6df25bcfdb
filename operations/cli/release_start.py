"""`dr release start`: plan, question, claim, drive."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from contract.environment import Function
from contract.roles import Role
from handlers.releases.changes import StaleReleaseError, claim
from handlers.releases.item import Placement, Release, ReleaseState
from operations.cli.exit_status import DONE
from operations.cli.release_options import BakeWishes, StartWishes
from operations.cli.release_run import ReleaseRun, wishes_of
from operations.cli.session import Session
from operations.cli.typed_name import name_typed
from operations.errors import OperationError, UsageError
from operations.plans.plan import Obstacle
from operations.release.preflight import plan_release
from operations.release.release_plan import ReleasePlan, ReleaseRefusal
from operations.release.release_record import ReleaseRecord
from operations.topology.asking import reason as unread
from operations.topology.readings import Known
from operations.topology.release_words import describe_release


def start(session: Session, *, reason: str | None, dry_run: bool, what: StartWishes, wishes: BakeWishes) -> int:
    """Release, and return the exit status."""
    by = session.by  # whoever cannot be named learns it before anything is read
    versions = parse_versions(what.version or ())
    wanted = wishes_of(session, wishes, versions=versions, api=what.api)
    run = ReleaseRun(session)
    run.document["dryRun"] = dry_run
    situation = run.look()
    plan = plan_release(situation, wanted)
    if isinstance(plan, ReleaseRefusal):
        return run.refuse(plan)
    run.note_plan(plan)
    if dry_run:
        run.display.say("", "Dry run: nothing was changed.")
        return run.end(DONE, outcome="planned")
    if name_typed(session, situation.says):  # whoever was asked took their time
        again = plan_release(run.reader.read(), wanted)
        if isinstance(again, ReleaseRefusal):
            return run.refuse(again)
        if (again.moves, again.before, again.epoch) != (plan.moves, plan.before, plan.epoch):
            return run.refuse(_other(plan))
    last = situation.release.value if isinstance(situation.release, Known) else None
    record = ReleaseRecord(wishes.record_directory, session.site.suffix, session.clock)
    begun = begin(run, plan, last, by=by, why=reason or "release")
    return run.refuse(begun) if isinstance(begun, ReleaseRefusal) else run.drive(plan, begun, record)


def begin(run: ReleaseRun, plan: ReleasePlan, last: Release | None, *, by: str, why: str) -> Release | ReleaseRefusal:
    """Take copies of both APIs, and claim the release; nothing has moved yet.

    Args:
        run: The command's.
        plan: What is released.
        last: The last release that the plan knows.
        by: Who releases.
        why: For people.

    Raises:
        OperationError: A region did not answer.
    """
    id_ = uuid4().hex
    made: dict[Role, str] = {}
    try:
        for role in Role:
            made[role] = run.controls.make_deployment(role, id_)
        release = Release(
            id=id_,
            driver=uuid4().hex,
            state=ReleaseState.RUNNING,
            beat=1,
            epoch=plan.epoch,
            before=plan.before,
            after=_with_apis(run, plan, made),
            by=by,
            reason=why,
            at=run.now(),
            step="begins",
        )
        return _claimed(run, release, last)
    except StaleReleaseError as error:
        _drop(run, made)
        found = describe_release(error.now) if error.now is not None else "it is gone again"
        return _refusal(plan, "no other release may be under way", found, "wait for its end, or `dr release abort`")
    except (BotoCoreError, ClientError) as error:
        _drop(run, made)
        raise OperationError(f"the release could not begin, nothing was moved: {unread(error)}") from None
    except KeyboardInterrupt:
        _drop(run, made)
        raise


def _claimed(run: ReleaseRun, release: Release, last: Release | None) -> Release:
    """Claim a release; a claim whose answer was lost is known by what the item says."""
    site = run.controls.moving
    try:
        return claim(site.client, site.control_table, release, last)
    except (BotoCoreError, ClientError):
        run.controls.pause(1.0)
        now = site.read()
        if now is None or not now.is_driven_by(release):
            raise
        return now


def parse_versions(given: Sequence[str]) -> dict[Function, str]:
    """Return the versions that `--version FUNCTION=N` names.

    Raises:
        UsageError: One names no function or no version.
    """
    found = {}
    for each in given:
        name, _, version = each.partition("=")
        if name not in set(Function) or not version.isdigit():
            names = ", ".join(Function)
            raise UsageError(f"--version must be FUNCTION=N with one of {names} and a number, got {each}")
        found[Function(name)] = version
    return found


def _with_apis(run: ReleaseRun, plan: ReleasePlan, made: dict[Role, str]) -> Placement:
    apis = {run.session.site.regions[role].name: deployment for role, deployment in made.items()}
    return {region: replace(each, api=apis[region]) for region, each in plan.after.items()}


def _drop(run: ReleaseRun, made: dict[Role, str]) -> None:
    """Delete the copies again; one that stays is removed by the next release that succeeds."""
    for role, deployment in made.items():
        try:
            run.controls.drop_deployment(role, deployment)
        except (BotoCoreError, ClientError):
            continue


def _other(plan: ReleasePlan) -> ReleaseRefusal:
    found = "by now it would be another one"
    return _refusal(plan, "the plan must be the one that was shown", found, "begin again to see what it is now")


def _refusal(plan: ReleasePlan, precondition: str, found: str, remedy: str) -> ReleaseRefusal:
    return ReleaseRefusal(plan.environment, (Obstacle(precondition, found, remedy),))
