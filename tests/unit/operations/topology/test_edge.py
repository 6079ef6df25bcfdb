"""What clients and health checkers see, and what that means."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from client.https import NotReachedError, Response
from contract.outputs import CheckName
from contract.roles import Role
from operations.endpoints import EndpointSettings
from operations.topology.asking import UnknownError
from operations.topology.edge import EdgeReader, _Answer
from operations.topology.readings import Known, Unknown
from tests.unit.client.test_dns import Server
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.topology.outside import CHECKED, Outside


def world(**given: Any) -> Outside:
    return Outside(aws=FakeAws(given.pop("answers", {})), **given)


def page(status: int, body: object = None) -> Response:
    return Response(status, {}, json.dumps(body).encode())


WELL = page(200, {"status": "healthy", "region": "us-east-1"})
ILL = page(503, {"status": "unhealthy", "region": "us-east-1"})


class Patient(Outside):
    """Answers each read of `/health` with the next page."""

    def __init__(self, *answers: Response) -> None:
        super().__init__()
        self.answers = list(answers)

    def _get(self, url: str, *, addresses: Sequence[str] = ()) -> Response:
        return self.answers.pop(0)


class TestRepeatedReads:
    """Where an illness decides, it must be confirmed."""

    @pytest.fixture(autouse=True)
    def pauses(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        pauses: list[float] = []
        monkeypatch.setattr("operations.topology.edge.time.sleep", pauses.append)
        return pauses

    def test_one_that_is_well_is_asked_once(self, pauses: list[float]) -> None:
        assert Patient(WELL).health(Role.PRIMARY, reads=3)
        assert pauses == []

    def test_one_that_recovers_is_well(self, pauses: list[float]) -> None:
        assert Patient(ILL, ILL, WELL).health(Role.PRIMARY, reads=3)
        assert pauses == [1, 1]

    def test_one_that_says_so_each_time_is_ill(self) -> None:
        patient = Patient(ILL, ILL, ILL)
        assert not patient.health(Role.PRIMARY, reads=3)
        assert patient.answers == []

    def test_one_that_says_something_else_in_between_is_unknown(self) -> None:
        with pytest.raises(UnknownError, match="it answers 429"):
            Patient(ILL, page(429), ILL).health(Role.PRIMARY, reads=3)


class TestEndpoints:
    """`/health` and `/writer` of a region."""

    HEALTH = "https://us-east-1.api.example.com/health"

    @pytest.mark.parametrize(("answer", "healthy"), [(WELL, True), (ILL, False)])
    def test_a_region_says_of_itself_how_it_is(self, answer: Response, healthy: bool) -> None:  # noqa: FBT001
        assert world(pages={self.HEALTH: answer}).health(Role.PRIMARY) is healthy

    @pytest.mark.parametrize("status", [403, 429, 500, 502, 503, 504])
    @pytest.mark.parametrize("body", [b"", b'{"message": "Service Unavailable"}', b'"unhealthy"', b"<html>"])
    def test_what_the_gateway_says_is_not_known_to_be_an_illness(self, status: int, body: bytes) -> None:
        with pytest.raises(UnknownError, match=f"it answers {status}"):
            world(pages={self.HEALTH: Response(status, {}, body)}).health(Role.PRIMARY)

    def test_an_endpoint_that_is_not_reached_is_not_known_to_be_unhealthy(self) -> None:
        with pytest.raises(NotReachedError):
            world().health(Role.PRIMARY)

    @pytest.mark.parametrize(("status", "owns"), [(200, True), (404, False)])
    def test_region_says_whether_it_owns_the_writer(self, status: int, owns: bool) -> None:  # noqa: FBT001
        pages = {"https://us-east-2.api.example.com/writer": page(status)}
        assert world(pages=pages).owns(Role.STANDBY) is owns

    @pytest.mark.parametrize("status", [500, 503, 403])
    def test_any_other_answer_does_not_say_who_owns_it(self, status: int) -> None:
        pages = {"https://us-east-2.api.example.com/writer": page(status)}
        with pytest.raises(UnknownError, match=str(status)):
            world(pages=pages).owns(Role.STANDBY)


class TestDns:
    """What the failover name leads to."""

    names = {"api.example.com": "10.0.0.2", "us-east-1.api.example.com": "10.0.0.1"}  # noqa: RUF012 — read only

    def test_an_address_of_a_regions_own_name_is_that_regions(self) -> None:
        names = {**self.names, "us-east-2.api.example.com": "10.0.0.2"}
        answer = world(names=names).dns("https://api.example.com")
        assert (answer.addresses, answer.ttl, answer.role) == (("10.0.0.2",), 60.0, Known(Role.STANDBY))

    def test_region_is_otherwise_read_from_the_answer(self) -> None:
        pages = {"https://api.example.com/health": page(200, {"region": "us-east-1"})}
        assert world(names=self.names, pages=pages).dns("https://api.example.com").role == Known(Role.PRIMARY)

    @pytest.mark.parametrize("body", [{"region": "eu-west-1"}, {}, [], "x"])
    def test_a_stranger_is_no_region(self, body: object) -> None:
        pages = {"https://api.example.com/health": page(200, body)}
        assert isinstance(world(names=self.names, pages=pages).dns("https://api.example.com").role, Unknown)

    def test_nobody_answers(self) -> None:
        assert isinstance(world(names=self.names).dns("https://api.example.com").role, Unknown)

    def test_a_name_without_an_address(self) -> None:
        with pytest.raises(UnknownError, match=r"api\.example\.com has no address"):
            world().dns("https://api.example.com")


class TestAddresses:
    """A regional name has several addresses, in several zones."""

    @pytest.fixture
    def edge(self, monkeypatch: pytest.MonkeyPatch) -> EdgeReader:
        """Reach one of two addresses, the one that is answered last."""

        def exchange(url: str, *, address: str, **_: Any) -> Response:
            if address == "10.0.0.9":
                raise NotReachedError(address)
            return page(200, {"region": "us-east-1"})

        def resolve(_: EdgeReader, host: str) -> _Answer:
            return _Answer(("10.0.0.9", "10.0.0.1"), 60.0)

        monkeypatch.setattr("operations.topology.edge.exchange", exchange)
        monkeypatch.setattr(EdgeReader, "_resolve", resolve)
        return EdgeReader(CHECKED, FakeAws(), EndpointSettings(nameserver=("127.0.0.1", 1)), seconds=1)

    def test_a_dead_one_is_no_dead_region(self, edge: EdgeReader) -> None:
        assert edge.health(Role.PRIMARY)

    def test_all_addresses_of_the_failover_name_are_asked(self, edge: EdgeReader) -> None:
        answer = edge.dns("https://api.example.com")  # both regions have all addresses, so none tells whose they are
        assert (answer.addresses, answer.role) == (("10.0.0.1", "10.0.0.9"), Known(Role.PRIMARY))


def test_addresses_come_in_the_order_of_the_server_which_spreads_who_is_asked_first() -> None:
    edge = EdgeReader(CHECKED, FakeAws(), EndpointSettings(nameserver=("127.0.0.1", 1)), seconds=1)
    server = Server(*(f"us-east-1.api.example.com. 60 IN A 10.0.0.{last}" for last in (2, 3, 1)))
    edge._resolver.nameservers = [server]
    assert edge.addresses_of(Role.PRIMARY) == ("10.0.0.2", "10.0.0.3", "10.0.0.1")


class TestChecks:
    """What Route 53's checkers saw."""

    def check(self, name: CheckName, *seen: str) -> bool:
        told = {"HealthCheckObservations": [{"StatusReport": {"Status": status}} for status in seen]}
        return world(answers={("route53", "us-east-1", "get_health_check_status"): told}).check(name)

    @pytest.mark.parametrize(
        ("reached", "of", "healthy"), [(3, 3, True), (1, 3, True), (0, 3, False), (18, 100, False)]
    )
    def test_more_than_18_percent_must_reach_it(self, reached: int, of: int, healthy: bool) -> None:  # noqa: FBT001
        seen = ["Success: HTTP Status Code 200, OK"] * reached + ["Failure: timed out"] * (of - reached)
        assert self.check(CheckName.PRIMARY_WRITER, *seen) is healthy

    def test_no_report_is_unknown(self) -> None:
        with pytest.raises(UnknownError):
            self.check(CheckName.STANDBY_HEALTH)
