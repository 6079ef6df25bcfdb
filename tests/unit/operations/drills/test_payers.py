"""The clients of a drill: which attempts they make, and what they record of them."""

import json
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from client.https import NoAnswerError, NotReachedError, Response
from contract.roles import Role
from operations.drills.events import PaymentAttempt
from operations.drills.ledger import Ledger
from operations.drills.log import EventLog
from operations.drills.payers import Once, Payer
from operations.drills.planted_versions import PLANTED_HEADER
from operations.drills.scenario import UnusualPayments
from operations.drills.selecting import of_kind
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.drills.logs import ADDRESSES
from tests.unit.operations.drills.world import site

STORED = Response(201, {}, json.dumps({"region": "us-east-1"}).encode())
Answer = Response | OSError


class Dns:
    """Answers with the primary, and with the standby from the third question on."""

    def __init__(self) -> None:
        self.questions = 0

    def addresses(self, host: str) -> tuple[str, ...]:
        self.questions += 1
        return (ADDRESSES[Role.PRIMARY if self.questions < 3 else Role.STANDBY],)


class Api:
    """A payment client that gives answers in turn, then asks to stop."""

    def __init__(self, resolver: Any, answers: list[Answer], stop: Event) -> None:
        self._resolver, self._answers, self._stop = resolver, iter(answers), stop
        self._left = len(answers)
        self.paid: list[dict[str, Any]] = []

    def pay(self, payment: dict[str, Any], **_: object) -> Response:
        self.paid.append(payment)
        self._resolver.addresses("api.example.com")
        self._left -= 1
        if not self._left:
            self._stop.set()
        answer = next(self._answers)
        if isinstance(answer, OSError):
            raise answer
        return answer


def attempts(
    tmp_path: Path,
    *answers: Answer,
    retries: bool = True,
    once: bool = False,
    apis: list[Api] | None = None,
    unusual: UnusualPayments | None = None,
) -> list[PaymentAttempt]:
    clock, stop = FakeClock(), Event()
    made = [] if apis is None else apis

    def connect(resolver: Any) -> Any:
        made.append(Api(resolver, list(answers), stop))
        return made[-1]

    log = EventLog(tmp_path / "events.jsonl", clock)
    dns = Dns()
    payer = Payer(
        name="payer-1",
        drill="d",
        retries=retries,
        resolver=Once(dns) if once else dns,
        connect=connect,
        whose={address: role for role, address in ADDRESSES.items()}.get,
        site=site(),
        log=log,
        clock=clock,
        unusual=unusual,
    )
    payer.run(stop)
    log.close()
    return of_kind(log.events, PaymentAttempt)


def test_a_payment_is_repeated_under_its_id_until_it_is_acknowledged(tmp_path: Path) -> None:
    made = attempts(tmp_path, Response(503, {}, b""), NotReachedError("refused"), STORED, STORED)
    assert [each.payment[-5:] for each in made] == ["00001", "00001", "00001", "00002"]
    assert [each.status for each in made] == [503, None, 201, 201]
    assert made[1].error == "refused"


def test_one_that_never_retries_makes_a_new_payment_each_time(tmp_path: Path) -> None:
    made = attempts(tmp_path, Response(503, {}, b""), STORED, retries=False)
    assert [each.payment[-5:] for each in made] == ["00001", "00002"]


def test_each_pays_the_least_there_is(tmp_path: Path) -> None:
    apis: list[Api] = []
    attempts(tmp_path, *[STORED] * 3, apis=apis)
    assert [(each["amount"], each["currency"]) for each in apis[0].paid] == [("0.01", "EUR")] * 3


def test_each_so_many_payments_are_of_another_kind(tmp_path: Path) -> None:
    apis: list[Api] = []
    attempts(tmp_path, *[STORED] * 5, apis=apis, unusual=UnusualPayments(every=2, metadata={"instalments": "3"}))
    kinds = [each.get("metadata") for each in apis[0].paid]
    assert kinds == [None, {"instalments": "3"}, None, {"instalments": "3"}, None]


def test_a_planted_versions_answer_is_known_by_its_mark(tmp_path: Path) -> None:
    made = attempts(tmp_path, Response(201, {PLANTED_HEADER: "crashes"}, STORED.body), STORED)
    assert [each.planted for each in made] == ["crashes", ""]


def test_which_region_was_asked_follows_dns(tmp_path: Path) -> None:
    made = attempts(tmp_path, *[Response(503, {}, b"")] * 4)
    assert [each.role for each in made] == [Role.PRIMARY, Role.PRIMARY, Role.STANDBY, Role.STANDBY]


def test_or_does_not_for_a_client_that_asks_once(tmp_path: Path) -> None:
    made = attempts(tmp_path, *[Response(503, {}, b"")] * 4, once=True)
    assert {each.role for each in made} == {Role.PRIMARY}


def test_answer_names_the_region_that_stored(tmp_path: Path) -> None:
    made = attempts(tmp_path, Response(503, {}, b""), Response(503, {}, b""), STORED)
    assert made[-1].address == ADDRESSES[Role.STANDBY]
    assert made[-1].role is Role.PRIMARY


def test_possibly_stored_differs_from_certainly_not_stored(tmp_path: Path) -> None:
    answers: list[tuple[Answer, bool]] = [
        (Response(503, {"retry-after": "5"}, b'{"stored": false}'), False),  # the region does not own the writer
        (Response(503, {"retry-after": "5"}, b"{}"), True),
        (Response(503, {}, b"{}"), True),
        (Response(500, {}, b"{}"), True),
        (NotReachedError("refused"), False),
        (NoAnswerError("cut off"), True),
        (STORED, False),
    ]
    made = attempts(tmp_path, *(answer for answer, _ in answers))
    assert [each.doubtful for each in made] == [doubtful for _, doubtful in answers]
    assert [each.refused for each in made] == [True, *[False] * 6]


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b"{}"])
def test_an_answer_that_makes_no_sense_is_recorded_and_ends_nothing(tmp_path: Path, body: bytes) -> None:
    made = attempts(tmp_path, Response(201, {}, body), STORED)
    assert len(made) == 2


def test_the_ledger_waits_for_each_payment_in_each_replica(tmp_path: Path) -> None:
    ledger = Ledger()
    for each in attempts(tmp_path, STORED, Response(503, {}, b""), STORED):
        ledger.note(each)
    first, second = ledger.payments
    ledger.arrived(Role.STANDBY, first)
    assert [each.payment for each in ledger.awaited(Role.STANDBY)] == [second]
    assert len(ledger.awaited(Role.PRIMARY)) == 2
