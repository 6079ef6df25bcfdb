"""`./run client pay|get|watch`: what a payer sees, on one screen.

The exit status is 0 when the API did what was asked and named the payment, 1 when it did not or nobody can say, 2 when
the command was misused. It depends on what was answered, and never on whether that could be shown.
"""

import contextlib
import itertools
import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, NoReturn
from uuid import uuid4

import typer
from botocore.exceptions import BotoCoreError
from typer.exceptions import TyperException

from client.aws_variables import BadAwsVariableError, check_aws_variables
from client.choosing import UsageError, chosen_client
from client.display import show
from client.dns import Resolver
from client.endpoints import EndpointsUnknownError
from client.errors import InDoubtError, PaymentError
from client.https import NoAnswerError, Response
from client.judgement import document, judge
from client.multi_region import MultiRegionClient
from client.output import output_error
from client.payments import SUCCESSES, BadEndpointError, PaymentClient
from client.surroundings import BadSurroundingsError, Surroundings

DONE, FAILED, MISUSED = 0, 1, 2

_LONGEST_SHOWN = 200

app = typer.Typer(
    name="client",
    help="Pays through the API as payers do: signed with SigV4a, resolved by DNS.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # mistakes end in one line, not in a box
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
    transaction_id = id_ or str(uuid4())
    payment = _payment({"transactionId": transaction_id, "amount": amount, "currency": currency}, metadata)
    client = chosen_client(endpoint, environment, regions, unsigned=unsigned)
    # Whatever happens, the same payment can be sent again, but only under this id.
    print(f"transactionId {transaction_id}", file=sys.stderr)
    try:
        return _pay(client, payment, transaction_id)
    except (NoAnswerError, KeyboardInterrupt) as error:
        _doubt(transaction_id, str(error) or "interrupted")


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
    answer = chosen_client(endpoint, environment, regions, unsigned=unsigned).get(transaction_id)
    show(answer)
    if answer.status not in SUCCESSES:
        return FAILED
    if document(answer).get("transactionId") != transaction_id:
        return _end(f"the answer does not name the payment {transaction_id}: whether it is stored is unknown", FAILED)
    return DONE


@app.command()
def watch(
    *,
    endpoint: Annotated[str, typer.Option(help="The API's https URL, usually the name that fails over.")],
    path: Annotated[str, typer.Option(help="What is asked.")] = "/health",
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 1.0,
    count: Annotated[int, typer.Option(min=0, help="How many looks; 0 goes on until it is interrupted.")] = 0,
) -> int:
    """Ask an endpoint again and again: what DNS says, who answers what, and how soon."""
    if not re.fullmatch(r"/[!-~]*", path):
        raise UsageError(f"--path must be a path in printable ASCII that begins with /, got {path!r}")
    around = Surroundings.read(os.environ)
    resolver = around.resolver()
    client = around.client(endpoint, resolver=resolver)
    status = FAILED
    with contextlib.suppress(KeyboardInterrupt):  # the way to end it
        for number in itertools.count(1):
            status = _look(client, resolver, path)
            if number == count or output_error():
                break
            time.sleep(every)
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what ends it early is one line on standard error. Return the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        check_aws_variables(os.environ)
        _require_text(given)
        ended = app(args=given, prog_name="client", standalone_mode=False)
    except TyperException as error:
        return _end(error.format_message(), MISUSED)
    except (UsageError, BadEndpointError, BadSurroundingsError, BadAwsVariableError) as error:
        return _end(str(error), MISUSED)
    except (PaymentError, EndpointsUnknownError, BotoCoreError, OSError) as error:
        return _end(str(error), FAILED)
    except (typer.Abort, KeyboardInterrupt):
        return _end("interrupted", FAILED)
    return int(ended or DONE)


def _require_text(arguments: Sequence[str]) -> None:
    for each in arguments:
        try:
            each.encode()
        except UnicodeEncodeError:
            raise UsageError(f"what is given must be text in UTF-8, got {each!r}") from None


def _pay(client: PaymentClient | MultiRegionClient, payment: bytes, transaction_id: str) -> int:
    if isinstance(client, MultiRegionClient):
        paid = client.pay(payment)
        for attempt in paid.attempts[:-1]:
            print(f"tried {attempt}", file=sys.stderr)
        print(f"paid at {paid.endpoint_url}", file=sys.stderr)
        _show_if_possible(paid.response)
        return DONE
    answer = client.pay(payment)
    _show_if_possible(answer)
    if judge(answer).is_doubtful:
        _doubt(transaction_id, f"{answer.status} was answered")
    return DONE if answer.status in SUCCESSES else FAILED


def _show_if_possible(answer: Response) -> None:
    try:
        show(answer)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 — whatever it is, the API has answered
        _end(f"{answer.status} was answered, which cannot be shown: {error or 'interrupted'}", FAILED)


def _doubt(transaction_id: str, why: str) -> NoReturn:
    raise InDoubtError(f"{why}; the payment may be stored: repeat it with --id {transaction_id}", ())


def _look(client: PaymentClient, resolver: Resolver, path: str) -> int:
    """Ask once, and print one line."""
    began, address = time.monotonic(), "-"
    try:
        address = resolver.address(client.host)
        answer = client.probe(path)
        said = f"{answer.status} {answer.body.decode(errors='replace').strip()[:_LONGEST_SHOWN]}"
        status = DONE if answer.status in SUCCESSES else FAILED
    except OSError as error:
        said, status = str(error), FAILED
    print(f"{time.strftime('%H:%M:%S')}  {address:<15}  {time.monotonic() - began:6.3f} s  {said}", flush=True)
    return status


def _end(text: str, status: int) -> int:
    print(f"client: {' '.join(text.split())}", file=sys.stderr)
    return status


def _payment(fields: Mapping[str, str], metadata: str | None) -> bytes:
    """Return a payment's JSON, the metadata in it digit for digit as it was given."""
    text = json.dumps(fields)
    if metadata is not None:
        try:
            json.loads(metadata)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"--metadata must be JSON, got {metadata[:_LONGEST_SHOWN]!r}: {error}") from None
        text = f'{text[:-1]}, "metadata": {metadata}}}'
    return text.encode()
