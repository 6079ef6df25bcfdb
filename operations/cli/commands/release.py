"""`dr release status`, `start`, `abort` and `resume`."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contract.releases import DEFAULT_BAKE_SECONDS, SHARES
from operations.cli.options import with_session

if TYPE_CHECKING:
    from operations.cli.session import Session

_DEFAULT_BAKE = f"{DEFAULT_BAKE_SECONDS // 60}m"
_DEFAULT_SHARES = ",".join(f"{share * 100:g}" for share in SHARES)

Reason = Annotated[str | None, typer.Option(help="Why, as the release item tells others.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done and change nothing.")]


@dataclass(frozen=True, kw_only=True)
class BakeWishes:
    """How a release goes, and where its record is kept."""

    bake: Annotated[str, typer.Option("--bake", help="How long each share is watched, such as 10m.")] = _DEFAULT_BAKE
    shares: Annotated[
        str, typer.Option("--shares", help="The serving region's shares before all of it, in percent.")
    ] = _DEFAULT_SHARES
    journals: Annotated[
        Path | None,
        typer.Option("--journals", envvar="DR_JOURNALS", help="Where records are kept: ~/.local/state/payments-dr."),
    ] = None

    @property
    def record_directory(self) -> Path:
        """Where records are kept: not in the checkout, which may be thrown away."""
        state = os.environ.get("XDG_STATE_HOME", "~/.local/state")
        return self.journals or Path(state).expanduser() / "payments-dr"


@dataclass(frozen=True, kw_only=True)
class StartWishes:
    """What is released."""

    version: Annotated[
        list[str] | None,
        typer.Option("--version", help="Another version than the newest, as FUNCTION=N (repeat it)."),
    ] = None
    api: Annotated[bool, typer.Option("--api", help="Go on without new versions, for the API's definition alone.")] = (
        False
    )


_release = typer.Typer(no_args_is_help=True, help="Move traffic to new versions: one region at a time, or back.")
_with_session = partial(with_session, releases=True)


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
