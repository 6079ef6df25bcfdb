"""`./run client pay|get|watch`: the payment client on the command line.

The exit status is 0 when the API did what was asked and named the payment, 1 when it did not or the result is unknown,
2 when the command was misused. It depends on the answer, never on whether the answer could be printed.
"""

import os
import re
import sys
from collections.abc import Sequence
from typing import Annotated
from uuid import uuid4

import typer
from typer.exceptions import TyperException

from client.aws_variables import BadAwsVariableError, check_aws_variables
from client.exit_status import DONE, FAILED, MISUSED, ClientUsageError, end

app = typer.Typer(
    name="client",
    help="Pays through the API as payers do: signed with SigV4a, resolved by DNS.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # usage errors are one line, not a box
)

Endpoint = Annotated[
    list[str] | None,
    typer.Option(
        help="The API's https URL. Given twice, for the primary and the standby, the client does not wait for DNS."
    ),
]
Environment = Annotated[
    str | None,
    typer.Option(help="Instead of endpoints: the environment whose endpoints the regions' SSM parameters name."),
]
Regions = Annotated[str, typer.Option(help="With --environment: its two regions, in any order.")]
Unsigned = Annotated[bool, typer.Option("--unsigned", help="Sign nothing, for sandboxes without authorization.")]


@app.command()
def pay(
    *,
    amount: Annotated[str, typer.Option(help="A decimal above 0, such as 49.90.")],
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "EUR",
    id_: Annotated[
        str | None, typer.Option("--id", help="The transaction id; repeat it to retry. New by default.")
    ] = None,
    metadata: Annotated[str | None, typer.Option(help="A JSON object.")] = None,
    endpoint: Endpoint = None,
    environment: Environment = None,
    regions: Regions = "us-east-1,us-east-2",
    unsigned: Unsigned = False,
) -> int:
    """Make one payment and show the answer."""
    from client import actions

    fields = {"amount": amount, "currency": currency}
    return actions.pay(id_ or str(uuid4()), fields, metadata, endpoint, environment, regions, unsigned=unsigned)


@app.command()
def get(
    transaction_id: Annotated[str, typer.Argument(help="The payment's id.")],
    *,
    endpoint: Endpoint = None,
    environment: Environment = None,
    regions: Regions = "us-east-1,us-east-2",
    unsigned: Unsigned = False,
) -> int:
    """Read a payment and show the answer."""
    from client import actions

    return actions.get(transaction_id, endpoint, environment, regions, unsigned=unsigned)


@app.command()
def watch(
    *,
    endpoint: Annotated[str, typer.Option(help="The API's https URL, usually the name that fails over.")],
    path: Annotated[str, typer.Option(help="What is asked.")] = "/health",
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 1.0,
    count: Annotated[int, typer.Option(min=0, help="How many looks; 0 goes on until it is interrupted.")] = 0,
) -> int:
    """Query an endpoint repeatedly: show the DNS answer, which region answers what, and how fast."""
    if not re.fullmatch(r"/[!-~]*", path):
        raise ClientUsageError(f"--path must be a path in printable ASCII that begins with /, got {path!r}")
    from client import actions

    return actions.watch(endpoint, path, every=every, count=count)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status; an error is one line on standard error."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        check_aws_variables(os.environ)
        _require_text(given)
        ended = app(args=given, prog_name="client", standalone_mode=False)
    except TyperException as error:
        return end(error.format_message(), MISUSED)
    except (ClientUsageError, BadAwsVariableError) as error:
        return end(str(error), MISUSED)
    except (typer.Abort, KeyboardInterrupt):
        return end("interrupted", FAILED)
    except _misuses() as error:  # imported only after a failure
        return end(str(error), MISUSED)
    except _failures() as error:
        return end(str(error), FAILED)
    return int(ended or DONE)


def _require_text(arguments: Sequence[str]) -> None:
    for each in arguments:
        try:
            each.encode()
        except UnicodeEncodeError:
            raise ClientUsageError(f"what is given must be text in UTF-8, got {each!r}") from None


def _misuses() -> tuple[type[Exception], ...]:
    from client.network_settings import BadSurroundingsError
    from client.payments import BadEndpointError

    return BadEndpointError, BadSurroundingsError


def _failures() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError

    from client.endpoints import EndpointsUnknownError
    from client.errors import PaymentError

    return PaymentError, EndpointsUnknownError, BotoCoreError, OSError
