"""`dr release status`: the release under way or the last one, and what both regions run."""

from rich.table import Table

from contract.environment import Function
from contract.roles import Role
from handlers.releases.item import ReleaseState
from operations.cli.exit_status import DONE, FAILED
from operations.cli.release_run import ReleaseRun
from operations.cli.session import Session
from operations.release.release_document import release_document, stored_document
from operations.release.release_plan import percent
from operations.release.situation import FunctionVersions, ReleaseSituation
from operations.topology.readings import Known, Unknown
from operations.topology.release_words import describe_release


def show_release(session: Session) -> int:
    """Show it, and return the exit status."""
    run = ReleaseRun(session)
    situation = run.look()
    release = situation.release
    if isinstance(release, Unknown):
        run.display.say("Release: ", f"unknown: {release.reason}", style="bold magenta")
    elif release.value is None:
        run.display.say("Release: ", "there was none yet")
    else:
        styles = {ReleaseState.DONE: "green", ReleaseState.RUNNING: "yellow"}
        run.display.say("Release: ", describe_release(release.value), style=styles.get(release.value.state, "bold red"))
    session.console.print(versions_table(situation))
    run.document["release"] = (
        {"unknown": release.reason} if isinstance(release, Unknown) else release_document(release.value)
    )
    run.document["regions"] = {situation.name(role): _document(situation, role) for role in Role}
    if isinstance(release, Known) and release.value is not None:
        if release.value.state in {ReleaseState.UNDOING, ReleaseState.UNDONE}:
            stored = run.stored(release.value)
            run.display.stored(stored)
            run.document["storedPayments"] = stored_document(stored)
        if release.value.is_under_way:
            run.display.say("Next: ", "`dr release abort` puts both regions back")
    return run.end(FAILED if isinstance(release, Unknown) else DONE)


def versions_table(situation: ReleaseSituation) -> Table:
    """Return which version of each function runs where, and the newest where it is another."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("live version of")
    for role in Role:
        table.add_column(f"{role} {situation.name(role)}", overflow="fold")
    for function in situation.site.primary.function_names:
        table.add_row(str(function), *(_cell(situation, role, function) for role in Role))
    return table


def _cell(situation: ReleaseSituation, role: Role, function: Function) -> str:
    region = situation.regions[role]
    if isinstance(region, Unknown):
        return f"unknown: {region.reason}"
    versions = region.value.functions[function]
    return f"{versions.live}{_shared(versions)}{_newest(versions)}"


def _shared(versions: FunctionVersions) -> str:
    return "".join(f", and {percent(share)} {version}" for version, share in versions.shared.items())


def _newest(versions: FunctionVersions) -> str:
    return "" if versions.newest in {versions.live, *versions.shared} else f" (newest {versions.newest})"


def _document(situation: ReleaseSituation, role: Role) -> dict[str, object]:
    region = situation.regions[role]
    if isinstance(region, Unknown):
        return {"unknown": region.reason}
    return {
        "api": region.value.api,
        "functions": {
            function: {"live": each.live, "shared": dict(each.shared), "newest": each.newest}
            for function, each in region.value.functions.items()
        },
    }
