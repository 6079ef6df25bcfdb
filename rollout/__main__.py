"""`./run rollout`: the deployment with a change, one region at a time."""

import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.exceptions import TyperException

from client.aws_variables import BadAwsVariableError, check_aws_variables
from client.output import run
from contract.names import stack_name
from contract.roles import Role
from operations.aws import Aws
from operations.checkout import ROOT
from operations.cli.exit_status import DONE, FAILED, INTERRUPTED, REFUSED, UNVERIFIED
from operations.cli.options import DEFAULT_SUFFIX, Environment
from operations.cli.session import asking
from operations.clock import ScaledOperationsClock
from operations.endpoints import EndpointSettings
from operations.errors import OperationError, OperatorCancelledError, UsageError
from operations.signals import taken_for_ctrl_c
from operations.site_source import configured_regions
from operations.timestamps import parse_duration
from rollout.rollout import InterruptedRolloutError, Rollout, RolloutWishes, UnverifiedRolloutError
from rollout.terraform import Terraform, TerraformInterruptedError
from rollout.verifying import Watch

_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (UsageError, REFUSED),
    (BadAwsVariableError, REFUSED),
    (InterruptedRolloutError, INTERRUPTED),
    (TerraformInterruptedError, INTERRUPTED),
    (UnverifiedRolloutError, UNVERIFIED),
)
"""The exit statuses of what ends a rollout; all else has failed."""

_TYPED = "Apply this, one region at a time?"


def rollout(
    *,
    environment: Environment = DEFAULT_SUFFIX,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the order and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before acting.")] = False,
    watch: Annotated[
        str, typer.Option(help="For how long a region must be well, without a gap, after each half.")
    ] = "60s",
    may_destroy: Annotated[
        list[str] | None,
        typer.Option(
            "--may-destroy", metavar="ADDRESS", help="Allow to destroy or replace what holds data; once an address."
        ),
    ] = None,
    parallelism: Annotated[int | None, typer.Option(min=1, help="How many resources at once; Terraform's 10.")] = None,
) -> None:
    """Apply what is synthesized, first to the region that does not serve, then to the rest.

    Shows in which order, asks, applies the first half, waits until that region is well, applies the rest. A plan that
    destroys or replaces what holds data is refused, unless each address is named. The exit status is 0 when it is done
    or nothing is to change, 1 when it failed, 2 when it was refused, 3 when everything is applied and not as well as
    before, and 130 after Ctrl-C.
    """
    wishes = RolloutWishes(
        dry_run=dry_run, watch_seconds=parse_duration(watch, option="--watch"), may_destroy=may_destroy or ()
    )
    surroundings = EndpointSettings.read(os.environ)
    regions = configured_regions(ROOT, environment)
    aws = Aws.own(*regions.values())
    surroundings.require_one_side(aws.client("dynamodb", regions[Role.STANDBY]).meta.endpoint_url)
    os.environ["ENVIRONMENT_SUFFIX"] = environment  # what is synthesized
    with tempfile.TemporaryDirectory(prefix="payments-dr-rollout-") as directory:
        Rollout(
            terraform=Terraform(
                project=Path.cwd(),
                stack=stack_name(environment),
                files=Path(directory),
                tell=_say,
                parallelism=parallelism,
            ),
            watch=Watch(aws, surroundings, ScaledOperationsClock(surroundings.time_scale), _say),
            wishes=wishes,
            say=_say,
            confirm=partial(_confirm, yes=yes),
        ).run()


def main() -> int:
    """Run the command; what ends it early is a line, or several, on standard error. Return the exit status."""
    taken_for_ctrl_c()
    app = typer.Typer(name="rollout", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(epilog="Example: DR_API_RATE_LIMIT=500 ./run rollout --dry-run")(rollout)
    try:
        check_aws_variables(os.environ)
        ended = app(prog_name="rollout", standalone_mode=False)
    except TyperException as error:
        return _end(error.format_message(), error.exit_code)
    except (OperatorCancelledError, typer.Abort, KeyboardInterrupt):  # the last before typer has begun
        return _end(str(OperatorCancelledError()), INTERRUPTED)
    except (OperationError, BadAwsVariableError, BotoCoreError, ClientError) as error:
        return _end(str(error), next((status for kind, status in _STATUSES if isinstance(error, kind)), FAILED))
    return _end(str(OperatorCancelledError()), int(ended)) if ended else DONE  # typer has taken a Ctrl-C for a status


def _say(line: str) -> None:
    print(line, flush=True)  # whoever reads a pipe sees how far it is


def _confirm(*, yes: bool) -> None:
    if yes:
        return
    with asking():
        agreed = typer.confirm(_TYPED, err=True)
    if not agreed:
        raise OperatorCancelledError


def _end(text: str, status: int) -> int:
    for line in text.splitlines() or [""]:
        print(f"rollout: {line}", file=sys.stderr)
    return status


if __name__ == "__main__":
    run("rollout", main)
