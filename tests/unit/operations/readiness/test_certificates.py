"""Certificates are read at any of a region's addresses, without sockets here."""

import ssl
from contextlib import nullcontext
from typing import Any

import pytest

from client.https import NotReachedError
from contract.roles import Role
from operations.endpoints import EndpointSettings
from operations.readiness.certificates import Visitor

DEAD, LIVING = "10.0.0.9", "10.0.0.1"
HOST = "api.example.com"


class Edge:
    """A region with these addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    def addresses_of(self, _: Role) -> tuple[str, ...]:
        return self.addresses


class Served:
    """What is served is valid until the epoch's second day, or refused."""

    def __init__(self, refused: ssl.SSLCertVerificationError | None = None) -> None:
        self.refused = refused

    def wrap_socket(self, _: object, *, server_hostname: str) -> Any:
        assert server_hostname == HOST
        if self.refused:
            raise self.refused
        return nullcontext(self)

    def getpeercert(self) -> dict[str, str]:
        return {"notAfter": "Jan  2 00:00:00 1970 GMT"}


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    addresses: list[str] = []

    def create_connection(target: tuple[str, int], timeout: float) -> Any:
        assert timeout > 0
        addresses.append(target[0])
        if target[0] == DEAD:
            raise ConnectionRefusedError(111, "Connection refused")
        return nullcontext()

    monkeypatch.setattr("operations.readiness.certificates.socket.create_connection", create_connection)
    return addresses


def visitor(patch: pytest.MonkeyPatch, edge: Edge, served: Served) -> Visitor:
    patch.setattr("operations.readiness.certificates.trust", lambda _: served)
    return Visitor(edge, EndpointSettings(), seconds=2)  # type: ignore[arg-type]


def test_a_dead_address_is_passed_by(monkeypatch: pytest.MonkeyPatch, tried: list[str]) -> None:
    found = visitor(monkeypatch, Edge(DEAD, LIVING), Served()).certificate(Role.PRIMARY, HOST)
    assert (found.expires_at, found.problem, tried) == (86_400, "", [DEAD, LIVING])


def test_a_certificate_that_clients_refuse_is_a_problem_at_any_of_them(
    monkeypatch: pytest.MonkeyPatch, tried: list[str]
) -> None:
    refused = ssl.SSLCertVerificationError()
    refused.verify_message = "certificate has expired"
    found = visitor(monkeypatch, Edge(LIVING, DEAD), Served(refused)).certificate(Role.PRIMARY, HOST)
    assert (found.problem, tried) == ("certificate has expired", [LIVING])


def test_a_region_that_is_reached_nowhere(monkeypatch: pytest.MonkeyPatch, tried: list[str]) -> None:
    with pytest.raises(NotReachedError, match=r"2 of 2 addresses were tried; .* Connection refused"):
        visitor(monkeypatch, Edge(DEAD, DEAD), Served()).certificate(Role.PRIMARY, HOST)
