"""The function that answers `/writer` apart from the payments: the same answers, and no others."""

import json
from typing import Any

import pytest

from handlers.probes import WriterProbes
from handlers.writer.item import Writer
from tests.unit.handlers.api import Api, rest
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, FakeContext
from tests.unit.handlers.payment_function_fakes import Payments, open_in


class Probes:
    """The probes over fakes."""

    def __init__(self, *, is_primary: bool) -> None:
        self.payments = Payments()
        self._probes = WriterProbes(
            self.payments.knowledge,
            self.payments.region,
            is_primary=is_primary,
            telemetry=self.payments.logs.telemetry(),
        )

    def send(self, event: Any) -> tuple[int, dict[str, Any]]:
        """Return status and body of an answer."""
        response = self._probes.router.answer(event, FakeContext())
        return response["statusCode"], json.loads(response["body"])


@pytest.mark.parametrize("is_primary", [True, False])
@pytest.mark.parametrize("writer", [None, open_in(), open_in(PEER)])
@pytest.mark.parametrize("answers", [True, False])
def test_it_answers_as_the_payment_function_does(writer: Writer | None, is_primary: bool, answers: bool) -> None:  # noqa: FBT001
    """Function URLs and earlier deployments of the API lead to that one."""
    probes, api = Probes(is_primary=is_primary), Api(is_primary=is_primary)
    for payments in (probes.payments, api.payments):
        payments.set_writer(writer)
        if not answers:
            payments.probe.down.add(CONTROL_TABLE)
    event = rest("GET", "/writer")
    assert probes.send(event) == api.send(event)


@pytest.mark.parametrize("resource", ["/health", "/payment", "/payment/{transactionId}"])
def test_it_has_no_other_route(resource: str) -> None:
    probes = Probes(is_primary=True)
    assert probes.send(rest("GET", resource))[0] == 404
    assert not probes.payments.probe.calls
