"""`dr switchover`, `failover`, `failback`, `stop`, `start`, `automatic`, `break-glass`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.commands.reconcile import Accepted, Earlier, Exports, Since
from operations.cli.traffic_options import Wishes
from operations.cli.with_session import with_session
from operations.reconcile.period import EARLIER_SECONDS

if TYPE_CHECKING:
    from operations.cli.session import Session

To = Annotated[str | None, typer.Option("--to", help="The region that is to serve; by default the other one.")]
GlassRegion = Annotated[str, typer.Option("--region", help="The region that is to store without a quorum.")]


class Switch(StrEnum):
    """Whether a region may take over unattended."""

    ON = "on"
    OFF = "off"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, example in _EXAMPLES.items():
        name = command.__name__.replace("_", "-")
        app.command(name, epilog=f"Example: dr {name} {example}")(command)


@with_session
def switchover(session: "Session", *, to: To = None, wishes: Wishes) -> int:
    """Let the other region serve instead of the owner; loses nothing, and has one writer at any moment."""
    from operations.cli import traffic

    return traffic.switchover(session, to, wishes)


@with_session
def failover(session: "Session", *, to: To = None, wishes: Wishes) -> int:
    """Let a region serve instead of an owner that may be gone; asks any region that has a quorum."""
    from operations.cli import traffic

    return traffic.failover(session, to, wishes)


@with_session
def failback(
    session: "Session",
    *,
    since: Since = None,
    earlier: Earlier = EARLIER_SECONDS,
    exports: Exports = None,
    accepted: Accepted = None,
    wishes: Wishes,
) -> int:
    """Let the primary serve again: a switchover that is refused until both regions hold the same payments."""
    from operations.cli import traffic

    return traffic.failback(session, since=since, earlier=earlier, exports=exports, accepted=accepted, wishes=wishes)


@with_session
def stop(session: "Session", *, wishes: Wishes) -> int:
    """Let no region take payments, until `dr start`; nothing takes over meanwhile."""
    from operations.cli import traffic

    return traffic.stop(session, wishes)


@with_session
def start(session: "Session", *, wishes: Wishes) -> int:
    """Let the owner take payments again: ends `dr stop`, and any other closing that nobody ends."""
    from operations.cli import traffic

    return traffic.start(session, wishes)


@with_session
def automatic(
    session: "Session",
    *,
    switch: Annotated[Switch, typer.Argument(help="Whether takeovers may be unattended.")],
    wishes: Wishes,
) -> int:
    """Switch unattended takeovers on or off."""
    from operations.cli import traffic

    return traffic.automatic(session, wishes, on=switch is Switch.ON)


@with_session
def break_glass(session: "Session", *, region: GlassRegion, wishes: Wishes) -> int:
    """Let one region store payments while two of the three regions are gone; wants a typed sentence."""
    from operations.cli import traffic

    return traffic.break_glass(session, region, wishes)


_EXAMPLES = {
    switchover: '--pay --reason "maintenance"',
    failover: '--to us-east-2 --reason "us-east-1 is down"',
    failback: '--since 2026-01-31T11:40 --reason "us-east-1 is well again"',
    stop: '--reason "wrong amounts since 12:00"',
    start: '--reason "release put back"',
    automatic: 'off --reason "load test in us-east-1"',
    break_glass: "--region us-east-2 --dry-run",
}
