"""What the routes of a region's API answer through its endpoint: the same before and after its stage was moved.

Canary payments invoke the function itself, so they say nothing of the API's definition. Nothing that is sent here is
stored: the payments are invalid. IAM: execute-api:Invoke, by the caller's own rights; without them, what a route says
to whoever may not use it is all that can be compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client.https import Response
from contract.releases import ChangedAnswer
from contract.roles import Role
from operations.endpoints import EndpointSettings
from operations.site import Site

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_ID = "release-route-that-is-not-there"
_FORBIDDEN, _SERVER_ERROR = 403, 500
ROUTES: Mapping[str, tuple[str, str, bytes | None]] = {
    "not-json": ("POST", "/payment", b"{"),
    "amount-zero": ("POST", "/payment", b'{"transactionId": "%s", "amount": "0", "currency": "EUR"}' % _ID.encode()),
    "get-absent": ("GET", f"/payment/{_ID}", None),
}
"""The requests by the case of the canary payments that is the same one: method, path and body."""


@dataclass(frozen=True)
class RouteAnswer:
    """A route's status, and the names and types of what its body holds."""

    status: int
    shape: str

    def __str__(self) -> str:
        return f"{self.status} {self.shape}"


RouteAnswers = Mapping[str, RouteAnswer]
"""By case, with `unsigned ` before it where nothing was signed."""


class RouteProbe:
    """Asks the routes of a region's API."""

    def __init__(self, site: Site, surroundings: EndpointSettings, payer: "Credentials | None") -> None:
        self._site, self._surroundings, self._payer = site, surroundings, payer

    def answers(self, role: Role) -> RouteAnswers:
        """Ask all of them once.

        Raises:
            OSError: The endpoint was not reached, or did not answer.
        """
        url, found = self._site.regions[role].endpoint_url, {}
        for label, credentials in (("", self._payer), ("unsigned ", None)):
            if not label and credentials is None:
                continue
            client = self._surroundings.client(url, credentials=credentials)
            for case, (method, path, body) in ROUTES.items():
                headers = {} if body is None else {"Content-Type": "application/json"}
                answer = client.send(method, path, headers=headers, body=body)
                found[f"{label}{case}"] = RouteAnswer(answer.status, _shape_of(answer))
        return found


def route_difference(before: RouteAnswers, after: RouteAnswers, declared: Iterable[ChangedAnswer]) -> str:
    """Return in a line the first undeclared difference; an empty text if there is none."""
    expected = {each.case for each in declared}
    for name, old in before.items():
        new, case = after[name], name.removeprefix("unsigned ")
        if new != old and (case not in expected or new.status >= _SERVER_ERROR):
            method, path, _ = ROUTES[case]
            return f"{method} {path} ({name}) answers {new}, and answered {old} before"
    return ""


def are_known(answers: RouteAnswers) -> bool:
    """Return whether the routes answered somebody who may use them."""
    signed = [each for name, each in answers.items() if name in ROUTES]
    return bool(signed) and all(each.status != _FORBIDDEN for each in signed)


def _shape_of(answer: Response) -> str:
    try:
        return _shape(answer.json())
    except ValueError:
        return "no JSON"


def _shape(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {_shape(each)}" for name, each in sorted(value.items())) + "}"
        case list():
            return f"[{', '.join(sorted({_shape(each) for each in value}))}]"
        case _:
            return type(value).__name__
