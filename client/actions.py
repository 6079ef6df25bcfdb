"""The actions behind the client's commands: pay, get and watch; each returns the exit status."""

import contextlib
import itertools
import json
import os
import sys
import time
from collections.abc import Mapping
from typing import NoReturn

from client.attempt_results import document, judge
from client.choosing import chosen_client
from client.display import show
from client.dns import Resolver
from client.errors import InDoubtError
from client.exit_status import DONE, FAILED, ClientUsageError, end
from client.https import NoAnswerError, Response
from client.multi_region import MultiRegionClient
from client.network_settings import NetworkSettings
from client.output import output_error
from client.payments import SUCCESSES, PaymentClient

_LONGEST_SHOWN = 200


def pay(
    transaction_id: str,
    fields: Mapping[str, str],
    metadata: str | None,
    endpoint: list[str] | None,
    environment: str | None,
    regions: str,
    *,
    unsigned: bool,
) -> int:
    """Make one payment and show the answer."""
    payment = _payment({"transactionId": transaction_id, **fields}, metadata)
    client = chosen_client(endpoint, environment, regions, unsigned=unsigned)
    # Printed first: after any failure the payment may be repeated, but only under this id.
    print(f"transactionId {transaction_id}", file=sys.stderr)
    try:
        return _pay(client, payment, transaction_id)
    except (NoAnswerError, KeyboardInterrupt) as error:
        _doubt(transaction_id, str(error) or "interrupted")


def get(
    transaction_id: str, endpoint: list[str] | None, environment: str | None, regions: str, *, unsigned: bool
) -> int:
    """Read a payment and show the answer."""
    answer = chosen_client(endpoint, environment, regions, unsigned=unsigned).get(transaction_id)
    show(answer)
    if answer.status not in SUCCESSES:
        return FAILED
    if document(answer).get("transactionId") != transaction_id:
        return end(f"the answer does not name the payment {transaction_id}: whether it is stored is unknown", FAILED)
    return DONE


def watch(endpoint: str, path: str, *, every: float, count: int) -> int:
    """Query an endpoint until interrupted, or `count` times; a count of 0 means until interrupted."""
    around = NetworkSettings.read(os.environ)
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
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 — the API has answered; showing it must not fail
        end(f"{answer.status} was answered, which cannot be shown: {error or 'interrupted'}", FAILED)


def _doubt(transaction_id: str, why: str) -> NoReturn:
    raise InDoubtError(f"{why}; the payment may be stored: repeat it with --id {transaction_id}", ())


def _look(client: PaymentClient, resolver: Resolver, path: str) -> int:
    """Query the endpoint once and print one line."""
    began, address = time.monotonic(), "-"
    try:
        address = resolver.address(client.host)
        answer = client.probe(path)
        result = f"{answer.status} {answer.body.decode(errors='replace').strip()[:_LONGEST_SHOWN]}"
        status = DONE if answer.status in SUCCESSES else FAILED
    except OSError as error:
        result, status = str(error), FAILED
    print(f"{time.strftime('%H:%M:%S')}  {address:<15}  {time.monotonic() - began:6.3f} s  {result}", flush=True)
    return status


def _payment(fields: Mapping[str, str], metadata: str | None) -> bytes:
    """Return a payment's JSON; numbers in its metadata keep the digits they were given with."""
    text = json.dumps(fields)
    if metadata is not None:
        try:
            json.loads(metadata)
        except (ValueError, RecursionError) as error:
            raise ClientUsageError(f"--metadata must be JSON, got {metadata[:_LONGEST_SHOWN]!r}: {error}") from None
        text = f'{text[:-1]}, "metadata": {metadata}}}'
    return text.encode()
