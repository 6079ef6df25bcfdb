"""Dead letters go back one by one; whatever interrupts that, no payment is lost and none is stored twice."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.errors import UsageError
from operations.redrive.messages import Parked, Selection
from operations.redrive.redrive import Fate, Redrive, Result, require_open
from operations.site import Role
from tests.unit.operations.plans.topologies import SITE

NOW = 1_780_000_000.0
REGION = SITE.primary.name


class Interrupted(BaseException):
    """The operator pressed Ctrl-C."""


@dataclass
class Clock:
    """Moves when somebody sleeps."""

    now: float = NOW
    scale: float = 1.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


@dataclass
class Site:
    """One region's queues and both replicas; as `Aws` it hands itself out as every client."""

    parked: dict[str, str] = field(default_factory=dict)
    retried: list[str] = field(default_factory=list)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    shows_at: dict[str, float] = field(default_factory=dict)
    receiving_takes: float = 0.0
    received: int = 0
    """How often somebody asked for messages."""
    receives: int | None = None
    """How often that is answered; without a number, always."""
    fence: dict[str, Any] | None = None
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
            "MessageAttributes": {"correlationId": {"DataType": "String", "StringValue": f"of-{message_id}"}},
        }

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        counts = {"": len(self.parked) - len(self.hidden), "NotVisible": len(self.hidden), "Delayed": 0}
        return {"Attributes": {f"ApproximateNumberOfMessages{which}": str(count) for which, count in counts.items()}}

    def send_message(self, *, MessageBody: str, MessageAttributes: dict[str, Any], **_: Any) -> None:  # noqa: N803
        self._call()
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
    """A replica that holds at most one fence."""

    site: Site
    region: str

    def get_item(self, **_: Any) -> dict[str, Any]:
        if self.region in self.site.down:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")
        return {"Item": self.site.fence} if self.site.fence else {}


def body(number: int, **fields: str) -> str:
    return json.dumps(
        {
            "transactionId": f"payment-{number}",
            "amount": "10.50",
            "currency": "EUR",
            "region": REGION,
            "acceptedAt": "2026-01-31T12:00:00.000Z",
            **fields,
        }
    )


def queue(*bodies: str) -> Site:
    return Site({f"message-{number}": each for number, each in enumerate(bodies)})


def redrive(site: Site, selection: Selection | None = None, *, dry: bool = False) -> Result:
    aws: Any = site
    run = Redrive(SITE, Role.PRIMARY, aws, site.clock, rate=10)
    return run.run(selection or Selection(), dry=dry, on_message=lambda: None)


def counted(result: Result) -> dict[Fate, int]:
    return {fate: count for fate, count in result.counts.items() if count}


class TestRedrive:
    """What is parked goes back."""

    def test_with_its_correlation_id(self) -> None:
        site = queue(body(1))
        redrive(site)
        assert site.retried == [body(1)]
        assert site.attributes == [{"correlationId": {"DataType": "String", "StringValue": "of-message-0"}}]
        assert not site.parked

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

        class Impatient(Clock):
            def sleep(self, seconds: float) -> None:
                if len(site.retried) == 5:
                    raise KeyboardInterrupt

        site.clock = Impatient()
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


FENCED = {"fenced": {"BOOL": True}, "at": {"S": "noon"}, "reason": {"S": "drill"}}


class TestFence:
    """Into a fenced region nothing is redriven."""

    def check(self, site: Site) -> None:
        aws: Any = site
        require_open(SITE, Role.PRIMARY, aws)

    def test_an_open_region(self) -> None:
        self.check(Site())

    @pytest.mark.parametrize("down", [set(), {SITE.standby.name}])
    def test_a_fenced_one(self, down: set[str]) -> None:
        with pytest.raises(UsageError, match=r"must be open, but .* fenced since noon \(drill\)"):
            self.check(Site(fence=FENCED, down=down))

    def test_one_whose_fence_cannot_be_read(self) -> None:
        with pytest.raises(UsageError, match="its fence is unknown"):
            self.check(Site(down={REGION}))

    def test_one_whose_fence_says_nothing(self) -> None:
        with pytest.raises(UsageError, match="its fence is unknown"):
            self.check(Site(fence={"epoch": {"N": "1"}}))

    def test_an_open_one_whose_peer_is_down(self) -> None:
        self.check(Site(down={SITE.standby.name}))

    def test_one_that_is_fenced_meanwhile(self) -> None:
        site = queue(*map(body, range(30)))

        class Fenced(Clock):
            def sleep(self, seconds: float) -> None:
                if len(site.retried) == 10:
                    site.fence = FENCED

        site.clock = Fenced()
        result = redrive(site)
        assert result.counts[Fate.REDRIVEN] == 10
        assert "must be open" in result.ended_early
        assert (len(site.retried), len(site.parked), site.hidden) == (10, 20, set())
