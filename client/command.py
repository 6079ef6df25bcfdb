"""`python -m client pay|get|watch`: what a payer sees, on one screen.

The exit status is 0 when the API did what was asked, 1 when it did not, 2 when the command was misused.
"""

import contextlib
import http.client
import itertools
import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

import typer
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.session import get_session
from rich.console import Console
from typer.exceptions import TyperException

from client.dns import Resolver
from client.endpoints import EndpointsUnknownError, find_endpoints
from client.errors import PaymentError
from client.https import Response
from client.multi_region import MultiRegionClient
from client.payments import BadEndpointError, PaymentClient
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
Regions = Annotated[str, typer.Option(help="With --environment: the primary and the standby region.")]
Unsigned = Annotated[bool, typer.Option("--unsigned", help="Sign nothing, for sandboxes without authorization.")]


class UsageError(Exception):
    """The command was misused; the message names option, rule and value."""


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
    client = _client(endpoint, environment, regions, unsigned=unsigned)
    # Whatever happens, the same payment can be sent again, but only under this id.
    print(f"transactionId {transaction_id}", file=sys.stderr)
    if isinstance(client, PaymentClient):
        return _show(client.pay(payment))
    paid = client.pay(payment)
    for attempt in paid.attempts[:-1]:
        print(f"tried {attempt}", file=sys.stderr)
    print(f"paid at {paid.endpoint_url}", file=sys.stderr)
    return _show(paid.response)


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
    return _show(_client(endpoint, environment, regions, unsigned=unsigned).get(transaction_id))


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
            if number == count:
                break
            time.sleep(every)
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what ends it early is one line on standard error. Return the exit status."""
    try:
        ended = app(args=arguments, prog_name="client", standalone_mode=False)
    except TyperException as error:
        return _end(error.format_message(), MISUSED)
    except UnicodeEncodeError as error:
        return _end(f"what is given must be text in UTF-8, got {error.object!r}", MISUSED)
    except (UsageError, BadEndpointError, BadSurroundingsError) as error:
        return _end(str(error), MISUSED)
    except (PaymentError, EndpointsUnknownError, BotoCoreError, OSError) as error:
        return _end(str(error), FAILED)
    except (typer.Abort, KeyboardInterrupt):
        return _end("interrupted", FAILED)
    return int(ended or DONE)


def _look(client: PaymentClient, resolver: Resolver, path: str) -> int:
    """Ask once, and print one line."""
    began, address = time.monotonic(), "-"
    try:
        address = resolver.address(client.host)
        answer = client.probe(path)
        said = f"{answer.status} {answer.body.decode(errors='replace').strip()[:_LONGEST_SHOWN]}"
        status = DONE if answer.status < HTTPStatus.BAD_REQUEST else FAILED
    except OSError as error:
        said, status = str(error), FAILED
    print(f"{time.strftime('%H:%M:%S')}  {address:<15}  {time.monotonic() - began:6.3f} s  {said}", flush=True)
    return status


def _end(text: str, status: int) -> int:
    print(f"client: {' '.join(text.split())}", file=sys.stderr)
    return status


def _client(
    endpoints: Sequence[str] | None, environment: str | None, regions: str, *, unsigned: bool
) -> PaymentClient | MultiRegionClient:
    around = Surroundings.read(os.environ)
    if environment is not None:
        if endpoints:
            raise UsageError("--environment finds the endpoints: give it or --endpoint, not both")
        names = regions.split(",")
        if len(names) != 2 or not all(names):  # noqa: PLR2004 — a primary and a standby
            raise UsageError(f"--regions must be two regions with a comma between them, got {regions!r}")
        found = find_endpoints(environment, *names)
        endpoints = (found.primary, found.standby)
    if not endpoints or len(endpoints) > 2:  # noqa: PLR2004
        raise UsageError(
            f"--endpoint must be given once, or twice for both regions, got {len(endpoints or ())} of them"
        )
    credentials = None if unsigned else _credentials()
    resolver = around.resolver()
    clients = [around.client(each, credentials=credentials, resolver=resolver) for each in endpoints]
    return clients[0] if len(clients) == 1 else MultiRegionClient(*clients)


def _credentials() -> Credentials:
    found: Credentials | None = get_session().get_credentials()
    if found is None:
        raise UsageError("no AWS credentials are configured: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give --unsigned")
    return found


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


def _show(answer: Response) -> int:
    """Print the status and the body; 0 for success."""
    console = Console(highlight=False, soft_wrap=True)
    is_success = answer.status < HTTPStatus.BAD_REQUEST
    phrase = http.client.responses.get(answer.status, "")
    console.print(f"{answer.status} {phrase}".strip(), style="green" if is_success else "red", markup=False)
    try:
        console.print_json(data=answer.json())
    except ValueError:
        console.print(answer.body.decode(errors="replace"), markup=False)
    if "retry-after" in answer.headers:
        console.print(f"Retry-After: {answer.headers['retry-after']}", markup=False)
    return DONE if is_success else FAILED
