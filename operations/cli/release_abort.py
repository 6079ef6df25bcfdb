"""`dr release abort`: both regions back to the versions before, whoever drives the release."""

from operations import signals
from operations.cli.exit_status import DONE
from operations.cli.release_run import ReleaseRun
from operations.cli.session import Session
from operations.cli.typed_name import name_typed
from operations.release.driver import ReleaseAccount, ReleaseOutcome
from operations.release.undoing import undo
from operations.topology.release_words import describe_release


def abort(session: Session, *, reason: str | None) -> int:
    """Undo the release under way, and return the exit status."""
    by = session.by
    run = ReleaseRun(session)
    situation = run.look()
    release = run.item(situation)
    if release is None or not release.is_under_way:
        told = "there was no release yet" if release is None else describe_release(release)
        run.display.say("", f"Nothing is under way: {told}")
        return run.end(DONE, outcome="already")
    run.display.say("Release: ", describe_release(release))
    for region, versions in release.before.items():
        told = ", ".join(f"{function} {version}" for function, version in versions.functions.items())
        run.display.say("  ", f"{region} back to {told}")
    name_typed(session)
    with signals.ignored():
        undoing = undo(
            run.controls.hurried,
            release,
            by=by,
            why=reason or "aborted",
            pause=run.controls.pause,
            told=run.display.puts_back,
            own_region=situation.payers_region,
        )
    if undoing.is_done:
        run.display.say("", "The release was done before it could be aborted: release the versions before instead.")
        return run.ended(ReleaseAccount(ReleaseOutcome.LEFT, "it is done", undoing=undoing), None, [])
    outcome = ReleaseOutcome.UNDONE if undoing.is_undone else ReleaseOutcome.LEFT
    why = undoing.release.ended_why if undoing.release is not None else undoing.error
    account = ReleaseAccount(outcome, why or "aborted", undoing=undoing)
    run.tell_end(account, release)
    status = run.ended(account, run.stored(release), [])
    return DONE if undoing.is_undone else status
