"""`dr`: a command's exit status is 0 when it is done, 1 when it failed, 2 when it was refused or misused."""

import sys
from collections.abc import Sequence

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.exceptions import TyperException

from operations.cli import drill, readiness, reconcile, redrive, status, traffic
from operations.cli.exit_status import DONE, FAILED, REFUSED
from operations.errors import OperationError, UsageError

app = typer.Typer(
    name="dr",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # mistakes end in one line, not in a box
)


@app.callback()
def dr() -> None:
    """Operates the payment API's two regions: what is, what would be, and what to do about it."""


readiness.register(app)
drill.register(app)
reconcile.register(app)
redrive.register(app)
status.register(app)
traffic.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what ends it early is one line on standard error. Return the exit status."""
    try:
        ended = app(args=arguments, prog_name="dr", standalone_mode=False)
    except TyperException as error:
        return _end(error.format_message().replace("Value error, ", ""), error.exit_code)
    except UsageError as error:
        return _end(str(error), REFUSED)
    except (OperationError, BotoCoreError, ClientError) as error:
        return _end(str(error), FAILED)
    except typer.Abort:
        return _end("stopped: not confirmed", FAILED)
    return int(ended or DONE)


def _end(text: str, status: int) -> int:
    print(f"dr: {' '.join(text.split())}", file=sys.stderr)
    return status
