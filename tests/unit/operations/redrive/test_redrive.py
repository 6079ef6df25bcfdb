"""Dead letters go to the region that serves; whatever interrupts that, none is lost and none is stored twice."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.outputs import QueueKind
from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer, WriterState
from operations.errors import UsageError
from operations.redrive.messages import Parked, Selection
from operations.redrive.redrive import Fate, Redrive, RedriveResult, serving_role
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.plans.topologies import SITE

NOW = 1_780_000_000.0
REGION = SITE.primary.name
OPEN = Writer(REGION, 5, WriterState.OPEN)
TAKEN_OVER = Writer(SITE.standby.name, 7, WriterState.OPEN)
CLOSING = Writer(REGION, 6, WriterState.CLOSING, ClosingKind.HELD, by="me", at="noon", reason="drill")


class Interrupted(BaseException):
    """The operator pressed Ctrl-C."""


@dataclass
class Site:
    """The queues, and the control table; as `Aws` it hands itself out as every client."""

    parked: dict[str, str] = field(default_factory=dict)
    retried: list[str] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)
    """Where each of these went."""
    attributes: list[dict[str, Any]] = field(default_factory=list)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    shows_at: dict[str, float] = field(default_factory=dict)
    receiving_takes: float = 0.0
    received: int = 0
    """How often somebody asked for messages."""
    receives: int | None = None
    """How often that is answered; without a number, always."""
    writer: Writer | None = OPEN
    down: set[str] = field(default_factory=set)
    may_show: bool = True
    interrupt_after: int | None = None
    calls: int = 0

    def client(self, service: str, region: str) -> Any:
        return Replica(self, region) if service == "dynamodb" else self

    @property
    def hidden(self) -> set[str]:
        """What nobody is shown at the moment."""
        return {each for each in self.parked if self.shows_at.get(each, 0) > self.clock.now}

    def receive_message(self, *, MaxNumberOfMessages: int, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:  # noqa: N803 — AWS's names
        self.clock.sleep(self.receiving_takes)
        self.received += 1
        if self.receives is not None and self.received > self.receives:
            raise EndpointConnectionError(endpoint_url="https://sqs")
        assert 0 <= VisibilityTimeout <= 43_200
        hidden = self.hidden
        visible = [each for each in self.parked if each not in hidden][:MaxNumberOfMessages]
        self.shows_at.update(dict.fromkeys(visible, self.clock.now + VisibilityTimeout))
        return {"Messages": [self.message(each) for each in visible]}

    def message(self, message_id: str) -> dict[str, Any]:
        return {
            "MessageId": message_id,
            "ReceiptHandle": message_id,
            "Body": self.parked[message_id],
            "Attributes": {"SentTimestamp": str(int((NOW - 3600) * 1000))},
            "MessageAttributes": {
                "correlationId": {"DataType": "String", "StringValue": f"of-{message_id}"},
                "reason": {"DataType": "String", "StringValue": "5 attempts failed"},
            },
        }

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        counts = {"": len(self.parked) - len(self.hidden), "NotVisible": len(self.hidden), "Delayed": 0}
        return {"Attributes": {f"ApproximateNumberOfMessages{which}": str(count) for which, count in counts.items()}}

    def send_message(self, *, QueueUrl: str, MessageBody: str, MessageAttributes: dict[str, Any]) -> None:  # noqa: N803
        self._call()
        self.queues.append(QueueUrl)
        self.retried.append(MessageBody)
        self.attributes.append(MessageAttributes)

    def change_message_visibility_batch(self, *, Entries: list[dict[str, Any]], **_: Any) -> None:  # noqa: N803
        if not self.may_show:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "ChangeMessageVisibilityBatch")
        for entry in Entries:
            assert entry["VisibilityTimeout"] == 0
            self.shows_at[entry["ReceiptHandle"]] = self.clock.now

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803
        self._call()
        del self.parked[ReceiptHandle]

    def _call(self) -> None:
        if self.interrupt_after is not None and self.calls >= self.interrupt_after:
            raise Interrupted
        self.calls += 1


@dataclass
class Replica:
    """A replica of the control table."""

    site: Site
    region: str

    def get_item(self, **_: Any) -> dict[str, Any]:
        if self.region in self.site.down:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")
        return {"Item": self.site.writer.item()} if self.site.writer else {}


def body(number: int, **fields: str | int) -> str:
    return json.dumps(
        {
            "transactionId": f"payment-{number}",
            "amount": "10.50",
            "currency": "EUR",
            "region": REGION,
            "acceptedAt": "2026-01-31T12:00:00.000Z",
            "attempts": 0,
            **fields,
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def queue(*bodies: str) -> Site:
    return Site({f"message-{number}": each for number, each in enumerate(bodies)})


def redrive(site: Site, selection: Selection | None = None, *, dry: bool = False) -> RedriveResult:
    aws: Any = site
    run = Redrive(SITE, Role.PRIMARY, aws, site.clock, rate=10)
    return run.run(selection or Selection(), dry=dry, on_message=lambda: None)


def counted(result: RedriveResult) -> dict[Fate, int]:
    return {fate: count for fate, count in result.counts.items() if count}


class TestRedrive:
    """What is parked goes to the retry queue of the region that serves."""

    def test_with_its_correlation_id(self) -> None:
        site = queue(body(1))
        redrive(site)
        assert site.retried == [body(1)]
        assert site.attributes == [{"correlationId": {"DataType": "String", "StringValue": "of-message-0"}}]
        assert not site.parked

    @pytest.mark.parametrize("role", Role)
    @pytest.mark.parametrize("serving", Role)
    def test_wherever_it_was_parked(self, role: Role, serving: Role) -> None:
        site = queue(body(1), body(2))
        site.writer = Writer(SITE.regions[serving].name, 5, WriterState.OPEN)
        aws: Any = site
        Redrive(SITE, role, aws, site.clock, rate=10).run(Selection(), dry=False, on_message=lambda: None)
        assert site.queues == [SITE.regions[serving].queue_urls[QueueKind.RETRY]] * 2

    def test_what_was_tried_may_be_tried_as_often_again(self) -> None:
        site = queue(body(1, attempts=5))
        redrive(site)
        assert site.retried == [body(1)]

    def test_no_field_but_the_attempts_is_changed(self) -> None:
        exact = json.loads(body(1, attempts=5)) | {"metadata": {"weight": "@", "order": [1, "é"]}}
        site = queue(json.dumps(exact).replace('"@"', "0.1000000000000000055511151231257827"))
        redrive(site)
        assert "0.1000000000000000055511151231257827" in site.retried[0]
        assert json.loads(site.retried[0])["metadata"]["order"] == [1, "é"]

    def test_no_faster_than_the_rate(self) -> None:
        site = queue(*map(body, range(25)))
        redrive(site)
        assert site.clock.now - NOW == pytest.approx(2.5)

    def test_a_dry_run_changes_nothing(self) -> None:
        site = queue(body(1), "{}")
        assert counted(redrive(site, dry=True)) == {Fate.WOULD_BE_REDRIVEN: 1, Fate.MALFORMED: 1}
        assert (len(site.parked), site.hidden, site.retried) == (2, set(), [])

    def test_what_is_left_is_seen_by_others_at_once(self) -> None:
        site = queue(*(["{}"] * 25), body(1))
        redrive(site)
        assert (len(site.parked), site.hidden) == (25, set())

    def test_what_cannot_be_shown_again_spoils_nothing(self) -> None:
        site = queue("{}", body(1))
        site.may_show = False
        assert counted(redrive(site)) == {Fate.REDRIVEN: 1, Fate.MALFORMED: 1}
        assert site.hidden == {"message-0"}

    @pytest.mark.parametrize("text", ["", "{}", "[]", "no json", body(1, amount="-1"), body(1, region="mars")])
    def test_what_the_worker_would_refuse_stays(self, text: str) -> None:
        site = queue(text)
        result = redrive(site)
        assert counted(result) == {Fate.MALFORMED: 1}
        assert [message_id for message_id, _ in result.problems] == ["message-0"]
        assert (len(site.parked), site.retried) == (1, [])

    @given(total=st.integers(1, 15), interrupt_after=st.integers(0, 40))
    @settings(max_examples=50, deadline=None)
    def test_an_interruption_loses_nothing(self, total: int, interrupt_after: int) -> None:
        site = queue(*map(body, range(total)))
        site.interrupt_after = interrupt_after
        try:
            redrive(site)
        except Interrupted:
            assert not site.hidden
            site.interrupt_after = None
            redrive(site)
        assert not site.parked
        assert set(site.retried) == set(map(body, range(total)))
        assert len(site.retried) <= total + 1


class TestEnd:
    """It ends when the queue shows no more, and says so when it ends before."""

    def test_what_was_left_and_returns_to_the_head_of_the_queue_ends_nothing(self) -> None:
        others = [body(number, currency="USD") for number in range(10)]
        site = queue(*others, *map(body, range(10, 410)))
        result = redrive(site, Selection(fields={"currency": "EUR"}))
        assert counted(result) == {Fate.REDRIVEN: 400, Fate.NOT_SELECTED: 10}
        assert site.clock.now - NOW > 31  # long enough to see the others again
        assert (list(site.parked.values()), site.hidden, result.ended_early) == (others, set(), "")

    def test_a_long_queue_does_not_return_faster_than_it_is_looked_at(self) -> None:
        site = queue(*["{}"] * 2000)
        site.receiving_takes = 0.5
        assert counted(redrive(site, dry=True)) == {Fate.MALFORMED: 2000}
        assert site.received < 3 * 200
        assert not site.hidden

    def test_a_queue_that_does_not_answer_any_more(self) -> None:
        site = queue(*map(body, range(30)))
        site.receives = 2
        result = redrive(site)
        assert counted(result) == {Fate.REDRIVEN: 20}
        assert "Could not connect" in result.ended_early

    def test_ctrl_c(self) -> None:
        site = queue(*map(body, range(30)))

        def interrupt() -> None:
            if len(site.retried) == 5:
                raise KeyboardInterrupt

        site.clock.on_sleep = interrupt
        result = redrive(site)
        assert (counted(result), result.ended_early) == ({Fate.REDRIVEN: 5}, "it was interrupted")
        assert (len(site.parked), site.hidden) == (25, set())


class TestSelection:
    """Which messages are meant."""

    @pytest.mark.parametrize(
        ("selection", "chosen"),
        [
            (Selection(), True),
            (Selection(ids=frozenset({"payment-1"})), True),
            (Selection(ids=frozenset({"message-0"})), True),
            (Selection(ids=frozenset({"payment-2"})), False),
            (Selection(older_than=3600), True),
            (Selection(older_than=3601), False),
            (Selection(fields={"currency": "EUR", "region": REGION}), True),
            (Selection(fields={"currency": "USD"}), False),
            (Selection(fields={"color": "red"}), False),
        ],
    )
    def test_by_id_age_and_content(self, selection: Selection, *, chosen: bool) -> None:
        parked = Parked.read(queue(body(1)).message("message-0"))
        assert selection.wants(parked, NOW - parked.sent_at) is chosen

    def test_the_rest_stays(self) -> None:
        site = queue(body(1), body(2, currency="USD"))
        assert counted(redrive(site, Selection(fields={"currency": "USD"}))) == {
            Fate.REDRIVEN: 1,
            Fate.NOT_SELECTED: 1,
        }
        assert list(site.parked) == ["message-0"]


class TestServing:
    """Where payments are sent is who owns an open writer."""

    @staticmethod
    def serving(site: Site) -> Role:
        aws: Any = site
        return serving_role(SITE, aws)

    @pytest.mark.parametrize("down", [set(), {SITE.standby.name}, {REGION}])
    def test_one_region_with_a_quorum_is_enough(self, down: set[str]) -> None:
        assert self.serving(Site(down=down)) is Role.PRIMARY
        assert self.serving(Site(writer=TAKEN_OVER, down=down)) is Role.STANDBY

    @pytest.mark.parametrize(
        ("site", "said"),
        [
            (Site(writer=None), "must own the writer, but none does"),
            (Site(writer=Writer("eu-west-1", 1, WriterState.OPEN)), "must own the writer, but none does"),
            (Site(writer=CLOSING), r"must be open, but me stopped both regions at noon \(epoch 6: drill\)"),
            (Site(down={REGION, SITE.standby.name}), "must be known which region serves: .*no connection"),
        ],
    )
    def test_otherwise_nothing_is_begun(self, site: Site, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            self.serving(site)

    @staticmethod
    def changed_after_ten(site: Site, writer: Writer) -> RedriveResult:
        def change() -> None:
            if len(site.retried) == 10:
                site.writer = writer

        site.clock.on_sleep = change
        return redrive(site)

    def test_a_writer_that_closes_meanwhile_ends_it(self) -> None:
        site = queue(*map(body, range(30)))
        result = self.changed_after_ten(site, CLOSING)
        assert result.counts[Fate.REDRIVEN] == 10
        assert "must be open" in result.ended_early
        assert (len(site.retried), len(site.parked), site.hidden) == (10, 20, set())

    def test_one_that_moves_meanwhile_is_followed(self) -> None:
        site = queue(*map(body, range(30)))
        assert counted(self.changed_after_ten(site, TAKEN_OVER)) == {Fate.REDRIVEN: 30}
        urls = [SITE.regions[role].queue_urls[QueueKind.RETRY] for role in Role]
        assert site.queues == [urls[0]] * 10 + [urls[1]] * 20
