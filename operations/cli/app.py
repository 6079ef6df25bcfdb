"""The application behind `dr`; without a command it shows who takes payments and what to do next."""

import os
import platform
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer
from typer.exceptions import TyperException

from client.aws_variables import BadAwsVariableError, check_aws_variables
from operations.checkout import commit
from operations.cli.completion import OPTIONS as COMPLETION_OPTIONS
from operations.cli.completion import words_to_complete
from operations.cli.exit_status import DONE, EPILOGUE, FAILED, INTERRUPTED, REFUSED
from operations.errors import OperationError, OperatorCancelledError, UsageError

_MODULES = {
    "status": "status",
    "verdict": "status",
    "history": "history",
    "evidence": "evidence",
    "readiness": "readiness",
    "wait": "wait",
    **dict.fromkeys(("switchover", "failover", "failback", "stop", "start", "automatic", "break-glass"), "traffic"),
    "reconcile": "reconcile",
    "accept": "accept",
    "copies": "copies",
    "redrive": "redrive",
    "drill": "drill",
    "release": "release",
    "restore": "restore",
}
"""Where each command is. Only the wanted one's module is imported: half of the time of a short command is imports."""


_OWN_OPTIONS = {"--version", *COMPLETION_OPTIONS}
"""Those of `dr` itself, which need no command's module."""


def _print_version(value: bool) -> None:  # noqa: FBT001 — typer's form
    if value:
        print(f"dr {commit()} (Python {platform.python_version()})")
        raise typer.Exit


def application(arguments: Sequence[str], *, completes: bool = False) -> typer.Typer:
    """Return the application with only the commands that these arguments, or a shell's completion, need."""
    wanted = _MODULES.get(arguments[0]) if arguments else None
    app = typer.Typer(
        name="dr",
        add_completion=completes or not wanted,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # usage errors are one line, not a box
    )
    if wanted:  # without options of `dr` itself: typer would load pydantic for their values
        app.callback(add_help_option=False)(lambda: None)
    else:
        app.callback(epilog=EPILOGUE)(dr)
    needs_none = bool(arguments) and arguments[0] in _OWN_OPTIONS
    for module in [wanted] if wanted else () if needs_none else dict.fromkeys(_MODULES.values()):
        import_module(f"operations.cli.commands.{module}").register(app)
    return app


def dr(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the commit, and exit.")
    ] = False,
) -> None:
    """Operate the payment API's two regions: see how they are, and change which of them takes payments.

    Without a command: who takes payments, what is at risk, and the next command.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status; an error is one line on standard error."""
    completing = words_to_complete(os.environ)
    given = with_command(sys.argv[1:] if arguments is None else arguments) if completing is None else completing
    try:
        check_aws_variables(os.environ)
        ended = application(given, completes=completing is not None)(args=given, prog_name="dr", standalone_mode=False)
    except TyperException as error:
        return _end(error.format_message().replace("Value error, ", ""), error.exit_code)
    except (UsageError, BadAwsVariableError) as error:
        return _end(str(error), REFUSED)
    except (OperatorCancelledError, typer.Abort):
        return _end(str(OperatorCancelledError()), INTERRUPTED)
    except KeyboardInterrupt:  # before typer starts, which gives it the same status
        return _end("interrupted", INTERRUPTED)
    except _failures() as error:  # imported only after a failure
        return _end(str(error), FAILED)
    return int(ended or DONE)


def with_command(arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments, with `verdict` as the default command."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in {"--help", *_OWN_OPTIONS}):
        return ["verdict", *arguments]
    return arguments


def _failures() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return OperationError, BotoCoreError, ClientError


def _end(text: str, status: int) -> int:
    print(f"dr: {' '.join(text.split())}", file=sys.stderr)
    return status
