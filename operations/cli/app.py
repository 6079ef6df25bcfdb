"""`dr`: a command's exit status is 0 when it is done, 1 when it failed, 2 when it was refused or misused."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.exceptions import TyperException

from client.aws_variables import BadAwsVariableError, check_aws_variables
from operations.cli.exit_status import DONE, FAILED, REFUSED
from operations.errors import OperationError, UsageError

_MODULES = {
    "status": "status",
    "history": "history",
    "readiness": "readiness",
    **dict.fromkeys(("switchover", "failover", "failback", "stop", "start", "automatic", "break-glass"), "traffic"),
    "reconcile": "reconcile",
    "redrive": "redrive",
    "drill": "drill",
}
"""Where each command is. Only the wanted one's module is imported: half of the time of a short command is imports."""


def application(arguments: Sequence[str]) -> typer.Typer:
    """Return the application as far as it takes to run these arguments."""
    app = typer.Typer(
        name="dr",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # mistakes end in one line, not in a box
    )
    app.callback()(dr)
    wanted = _MODULES.get(arguments[0]) if arguments else None
    for module in [wanted] if wanted else dict.fromkeys(_MODULES.values()):
        import_module(f"operations.cli.{module}").register(app)
    return app


def dr() -> None:
    """Operate the payment API's two regions: see how they are, and change which of them takes payments."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what ends it early is one line on standard error. Return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        check_aws_variables(os.environ)
        ended = application(given)(args=given, prog_name="dr", standalone_mode=False)
    except TyperException as error:
        return _end(error.format_message().replace("Value error, ", ""), error.exit_code)
    except (UsageError, BadAwsVariableError) as error:
        return _end(str(error), REFUSED)
    except (OperationError, BotoCoreError, ClientError) as error:
        return _end(str(error), FAILED)
    except typer.Abort:
        return _end("stopped: not confirmed", FAILED)
    return int(ended or DONE)


def _end(text: str, status: int) -> int:
    print(f"dr: {' '.join(text.split())}", file=sys.stderr)
    return status
