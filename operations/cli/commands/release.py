"""`dr release status`, `start`, `abort` and `resume`."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.release_options import BakeWishes, StartWishes
from operations.cli.with_session import with_session
from operations.role_names import RELEASE_ROLE

if TYPE_CHECKING:
    from operations.cli.session import Session

Reason = Annotated[str | None, typer.Option(help="Why, as the release item tells others.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done and change nothing.")]


_release = typer.Typer(no_args_is_help=True, help="Move traffic to new versions: one region at a time, or back.")
_with_session = partial(with_session, site_role=RELEASE_ROLE)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, example in _EXAMPLES.items():
        name = command.__name__
        _release.command(name, epilog=f"Example: dr release {name} {example}".rstrip())(command)
    app.add_typer(_release, name="release")


@_with_session
def status(session: "Session") -> int:
    """Show the release under way or the last one, and which versions both regions run."""
    from operations.cli import release_status

    return release_status.show_release(session)


@_with_session
def start(
    session: "Session",
    *,
    reason: Reason = None,
    dry_run: DryRun = False,
    what: StartWishes,
    wishes: BakeWishes,
) -> int:
    """Release the newest versions: the region that does not serve, then the other one share by share.

    Canary payments and the figures of the version before judge; anything wrong, and Ctrl-C, puts both regions back.
    """
    from operations.cli import release_start

    return release_start.start(session, reason=reason, dry_run=dry_run, what=what, wishes=wishes)


@_with_session
def abort(session: "Session", *, reason: Reason = None) -> int:
    """Put both regions back to the versions before, whoever drives the release."""
    from operations.cli import release_abort

    return release_abort.abort(session, reason=reason)


@_with_session
def resume(session: "Session", *, wishes: BakeWishes) -> int:
    """Go on with a release whose driver is gone, before the tickers undo it after 30 s."""
    from operations.cli import release_resume

    return release_resume.resume(session, wishes=wishes)


_EXAMPLES = {
    status: "",
    start: '--bake 10m --reason "exact rounding"',
    abort: '--reason "wrong totals"',
    resume: "--bake 10m",
}
