"""What a region's routes answer, and which differences count."""

import json
from dataclasses import dataclass, field
from typing import Any

from client.https import Response
from contract.releases import ChangedAnswer
from contract.roles import Role
from operations.release.canary_requests import cases
from operations.release.routes import ROUTES, RouteAnswer, RouteProbe, are_known, route_difference
from tests.unit.operations.release.world import RELEASABLE


@dataclass
class Endpoint:
    """A region's endpoint."""

    sent: list[tuple[str, str, bytes | None, bool]] = field(default_factory=list)

    def client(self, url: str, *, credentials: object) -> Any:
        assert url == RELEASABLE.regions[Role.STANDBY].endpoint_url

        def send(method: str, path: str, *, headers: object, body: bytes | None) -> Response:
            del headers
            self.sent.append((method, path, body, credentials is not None))
            return Response(400, {}, json.dumps({"message": "no", "errors": [{"field": "amount"}]}).encode())

        return type("Client", (), {"send": staticmethod(send)})


def test_all_are_asked_signed_and_unsigned() -> None:
    endpoint: Any = Endpoint()
    payer: Any = "credentials"
    found = RouteProbe(RELEASABLE, endpoint, payer).answers(Role.STANDBY)
    assert len(endpoint.sent) == len(found) == 2 * len(ROUTES)
    assert found["not-json"] == RouteAnswer(400, "{errors: [{field: str}], message: str}")
    assert set(RouteProbe(RELEASABLE, endpoint, None).answers(Role.STANDBY)) == {f"unsigned {name}" for name in ROUTES}


def test_they_are_cases_of_the_canary_payments() -> None:
    assert set(ROUTES) <= {each.name for each in cases()}


def test_differences_count_unless_they_are_declared_and_no_errors() -> None:
    old = {"not-json": RouteAnswer(400, "{}"), "unsigned not-json": RouteAnswer(403, "{}")}
    assert route_difference(old, old, ()) == ""
    gone = {**old, "not-json": RouteAnswer(403, "{}")}
    assert route_difference(old, gone, ()) == "POST /payment (not-json) answers 403 {}, and answered 400 {} before"
    opened = {**old, "unsigned not-json": RouteAnswer(400, "{}")}
    assert "unsigned not-json" in route_difference(old, opened, ())
    declared = [ChangedAnswer("not-json", "on purpose")]
    assert route_difference(old, {**old, "not-json": RouteAnswer(422, "{}")}, declared) == ""
    assert route_difference(old, {**old, "not-json": RouteAnswer(500, "{}")}, declared)


def test_who_may_not_use_them_knows_nothing_of_them() -> None:
    assert are_known({"not-json": RouteAnswer(400, "{}")})
    assert not are_known({"not-json": RouteAnswer(403, "{}")})
    assert not are_known({"unsigned not-json": RouteAnswer(400, "{}")})
