"""Faults in the payment clients."""

import json
from collections.abc import Iterator
from typing import Any

from client import attempt_results, errors, multi_region
from client.attempt_results import Attempt
from client.https import Response
from client.multi_region import MultiRegionClient
from simulation import payers
from simulation.mutants.registry import mutant
from simulation.patching import patched


@mutant("a doubt is called not paid", "not paid is not stored", seed=4728, seconds=500.0)
def _no_doubt() -> Iterator[None]:
    with patched(errors, _doubts=lambda _: []):
        yield


@mutant("an error after a doubt is called not paid", "not paid is not stored", seed=4805, seconds=360.0)
def _error_after_doubt() -> Iterator[None]:
    def broken_off(attempts: Any, cause: Exception, payment: str) -> errors.NotPaidError:  # noqa: ANN401
        return errors.NotPaidError(f"{payment} was not sent: {cause}", attempts)

    with patched(multi_region, broken_off=broken_off):
        yield


@mutant("every 503 says that nothing was stored", "not paid is not stored", seed=4763, seconds=430.0)
def _every_503() -> Iterator[None]:
    def says_not_stored(response: Response) -> bool:
        return response.status == 503  # noqa: PLR2004

    # The plain client's user asks the same question.
    with patched(attempt_results, says_not_stored=says_not_stored), patched(payers, says_not_stored=says_not_stored):
        yield


@mutant("a retry pays another amount", "exact amounts", seed=4711, seconds=200.0)
def _other_amount() -> Iterator[None]:
    def body_of(body: bytes) -> bytes:
        return json.dumps({**json.loads(body), "amount": 1}).encode()

    with _retrying(body_of):
        yield


@mutant("a retry pays under another id", "exact amounts", seed=4711, seconds=200.0)
def _other_id() -> Iterator[None]:
    def body_of(body: bytes) -> bytes:
        document = json.loads(body)
        return json.dumps({**document, "transactionId": f"{document['transactionId']}-again"}).encode()

    with _retrying(body_of):
        yield


def _retrying(body_of: Any) -> Any:  # noqa: ANN401
    original = MultiRegionClient._attempt  # noqa: SLF001 -- what is mutated

    def attempt(self: Any, region: int, body: bytes, call: Any) -> Attempt:  # noqa: ANN401
        return original(self, region, body_of(body) if call.attempts else body, call)

    return patched(MultiRegionClient, _attempt=attempt)
