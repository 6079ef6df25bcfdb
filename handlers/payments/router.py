"""Routes each request to the method that answers it; failures are logged, and their text never reaches the caller."""

from collections.abc import Callable, Mapping
from typing import Any

from handlers.payments.http import Request, Response, correlation_id, respond
from handlers.runtime import Context
from handlers.telemetry import Telemetry

RouteMethods = Mapping[str, Callable[[Request, str], Response]]
"""What answers a resource, by HTTP method; it gets the request and its correlation id."""


class RequestRouter:
    """The routes of one function, by resource."""

    def __init__(self, routes: Mapping[str, RouteMethods], telemetry: Telemetry) -> None:
        self._routes = routes
        self._telemetry = telemetry

    def answer(self, event: Mapping[str, Any], context: Context) -> Response:
        """Answer one event."""
        correlation = context.aws_request_id
        with self._telemetry.invocation(correlation):
            try:
                correlation = correlation_id(event, default=correlation)
                self._telemetry.logger.append_keys(correlation_id=correlation)
                response = self._route(Request.from_event(event), correlation)
            except Exception as error:  # noqa: BLE001 -- the last resort: logged, and answered without its text
                self._telemetry.fail("request failed", error)
                response = respond(500, {"message": "internal error", "correlationId": correlation})
            response["headers"]["X-Correlation-Id"] = correlation
            return response

    def _route(self, request: Request, correlation: str) -> Response:
        methods = self._routes.get(request.resource)
        if methods is None:
            return respond(404, {"message": "there is no such resource"})
        if request.method not in methods:
            return respond(405, {"message": "the resource has no such method"}, Allow=", ".join(methods))
        return methods[request.method](request, correlation)
