"""One screen, on which only what is known and in order is green; and the same as JSON."""

import json
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from contract.outputs import CheckName, QueueKind
from contract.roles import Role
from handlers.tickers.memory import TickerMemory
from handlers.writer.item import ClosingKind, Writer
from operations.topology.cells import Tone
from operations.topology.document import document
from operations.topology.model import (
    Alarm,
    AlarmState,
    BucketBacklog,
    DnsAnswer,
    HeartbeatReading,
    QueueDepth,
    TickerState,
    Topology,
)
from operations.topology.readings import Known, Unknown
from operations.topology.show import above, rows, show
from tests.unit.operations.plans.topologies import (
    TAKEN_OVER,
    UNFIT,
    closing,
    isolated,
    open_in,
    topology,
    with_region,
    without,
)

WHO_KNOWS = Unknown("no answer in time")
PEACE = topology()


def cells(found: Topology, role: Role) -> dict[str, tuple[str, Tone]]:
    return {title: (cell(role).text, cell(role).tone) for title, cell in rows(found)}


def alarm(state: AlarmState) -> Alarm:
    return Alarm("lag", state, "because", actions_enabled=True)


def test_everything_is_green_in_the_steady_state() -> None:
    for role in Role:
        assert {tone for _, tone in cells(PEACE, role).values()} <= {Tone.PEACE, Tone.PLAIN}


def test_what_is_unknown_is_never_green() -> None:
    readings = ("remembered", "owns", "health", "ticker", "glass", "alarms", "bucket_backlog")
    unknown = with_region(
        PEACE,
        Role.STANDBY,
        **dict.fromkeys(readings, WHO_KNOWS),
        queues=dict.fromkeys(QueueKind, WHO_KNOWS),
        heartbeats=dict.fromkeys(Role, WHO_KNOWS),
    )
    told = cells(unknown, Role.STANDBY)
    others = {"control table", "heartbeat, peer's replica", "lag to the peer"}
    for title, (text, tone) in told.items():
        if title not in others:
            assert (text, tone) == ("unknown: no answer in time", Tone.UNKNOWN), title


def test_serving_region_is_green() -> None:
    for role in Role:
        assert {tone for _, tone in cells(TAKEN_OVER, role).values()} <= {Tone.PEACE, Tone.PLAIN}
    assert {cell.tone for cell in above(TAKEN_OVER)} == {Tone.PLAIN, Tone.PEACE}


def test_check_that_was_not_asked_for_is_not_shown() -> None:
    assert not [cell for cell in above(PEACE) if "Route 53" in cell.text]


TROUBLES: dict[str, tuple[dict[str, Any], str, Tone, str]] = {
    "no quorum": (
        {"control": WHO_KNOWS},
        "control table",
        Tone.ALARM,
        "us-east-2 answers, but reaches neither us-east-1 nor us-west-2 (no answer in time)",
    ),
    "not reached": (
        {"control": WHO_KNOWS, "remembered": WHO_KNOWS},
        "control table",
        Tone.ALARM,
        "us-east-2 is not reached from here (no answer in time)",
    ),
    "ticker silent": ({"ticker": Known(replace(UNFIT, age=20))}, "ticker", Tone.ALARM, "SILENT for 20 s"),
    "unfit": ({"ticker": Known(UNFIT)}, "ticker", Tone.ALARM, "alive, finds the region UNFIT"),
    "flapping": (
        {"ticker": Known(TickerState(TickerMemory(fit=True, fit_for=5, automatic_changes=3), age=0))},
        "ticker",
        Tone.NOTE,
        "alive, fit for 5 s, 3 automatic changes count, takes over after 80 s",
    ),
    "late heartbeat": (
        {"heartbeats": dict.fromkeys(Role, Known(HeartbeatReading(at=0, age=200, release="r")))},
        "heartbeat, own replica",
        Tone.ALARM,
        "200 s ago",
    ),
    "unhealthy": ({"health": Known(value=False)}, "/health", Tone.ALARM, "UNHEALTHY"),
    "old truth": ({"owns": Known(value=True)}, "/writer", Tone.ALARM, "owner"),
    "backlog": (
        {"bucket_backlog": Known(BucketBacklog(2, 10))},
        "S3 backlog from the peer",
        Tone.NOTE,
        "2 objects, 10 bytes",
    ),
    "dead letters": (
        {"queues": dict.fromkeys(QueueKind, Known(QueueDepth(1, 2, 3)))},
        "dead letter queue",
        Tone.ALARM,
        "6 (2 in flight, 3 delayed)",
    ),
    "retries": (
        {"queues": dict.fromkeys(QueueKind, Known(QueueDepth(1, 0, 0)))},
        "retry queue",
        Tone.NOTE,
        "1 (0 in flight, 0 delayed)",
    ),
    "ringing": ({"alarms": Known((alarm(AlarmState.ALARM),))}, "alarms", Tone.ALARM, "1 in ALARM"),
    "silent": ({"alarms": Known((alarm(AlarmState.INSUFFICIENT_DATA),))}, "alarms", Tone.UNKNOWN, "1 without data"),
}


@pytest.mark.parametrize(("fields", "title", "tone", "text"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_is_seen(fields: dict[str, Any], title: str, tone: Tone, text: str) -> None:
    told = cells(with_region(PEACE, Role.STANDBY, **fields), Role.STANDBY)[title]
    assert told[0].startswith(text)
    assert told[1] is tone


def test_a_missing_alarm_is_seen() -> None:
    site = PEACE.standby.site.model_copy(update={"alarm_names": ("lag",)})
    assert cells(with_region(PEACE, Role.STANDBY, site=site), Role.STANDBY)["alarms"] == ("1 missing", Tone.ALARM)


def test_slow_replication_is_seen() -> None:
    assert cells(topology(lag=31), Role.PRIMARY)["lag to the peer"] == ("at most 31.00 s lately", Tone.NOTE)


class TestWriterLine:
    """What the writer item says, for whoever compares epochs."""

    def line(self, found: Topology) -> tuple[str, Tone]:
        cell = next(iter(above(found)))
        return cell.text, cell.tone

    def test_open(self) -> None:
        said = "writer: open in us-east-1, epoch 7, 2026-01-31 12:00:03 UTC by us-east-1's ticker"
        assert self.line(PEACE) == (said, Tone.PLAIN)

    def test_closing(self) -> None:
        text, tone = self.line(topology(writer=closing(ClosingKind.PLANNED, reason="drill")))
        assert text.startswith("writer: closing in us-east-1 in favour of us-east-2, epoch 7, ")
        assert text.endswith(" by alice: drill")
        assert tone is Tone.ALARM

    def test_no_quorum(self) -> None:
        text, tone = self.line(isolated(without(PEACE, Role.PRIMARY), Role.STANDBY))
        assert text.startswith("writer unknown: us-east-1: no connection; us-east-2: ")
        assert tone is Tone.UNKNOWN

    def test_absent(self) -> None:
        found = PEACE
        for role in Role:
            found = with_region(found, role, control=Known(None))
        assert self.line(found) == ("writer: nobody has created it", Tone.ALARM)


class TestDns:
    """The lines below the writer."""

    def line(self, answer: Any, now: Writer | None = None, **checks: Any) -> list[tuple[str, Tone]]:
        readings = {CheckName(name): reading for name, reading in checks.items()}
        told = replace(topology(writer=now), dns=answer, health_checks=readings)
        return [(cell.text, cell.tone) for cell in above(told)][1:]

    def answer(self, role: Any) -> Known[DnsAnswer]:
        return Known(DnsAnswer(("10.0.0.1",), 60, role))

    def test_it_follows_the_writer(self) -> None:
        (dns, serving) = self.line(self.answer(Known(Role.PRIMARY)), serving=Known(value=True))
        assert dns == ("api.example.com → 10.0.0.1 (TTL 60 s): primary us-east-1", Tone.PEACE)
        assert serving == ("Route 53 should answer primary us-east-1", Tone.PEACE)

    def test_it_leads_elsewhere(self) -> None:
        (dns, serving) = self.line(self.answer(Known(Role.STANDBY)), serving=Known(value=False))
        assert dns[1] is serving[1] is Tone.ALARM

    def test_it_leads_to_the_standby_that_serves(self) -> None:
        now = open_in(Role.STANDBY)
        (dns, serving) = self.line(self.answer(Known(Role.STANDBY)), now, serving=Known(value=False))
        assert dns[1] is serving[1] is Tone.PEACE

    @pytest.mark.parametrize("answer", [WHO_KNOWS, Known(DnsAnswer(("10.0.0.1",), 60, WHO_KNOWS))])
    def test_nobody_knows(self, answer: Any) -> None:
        (dns, serving) = self.line(answer, serving=WHO_KNOWS)
        assert dns[1] is serving[1] is Tone.UNKNOWN

    def test_there_is_none(self) -> None:
        assert self.line(None) == [("no domain: clients choose the region themselves", Tone.PLAIN)]


def test_the_screen() -> None:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(show(with_region(PEACE, Role.STANDBY, alarms=Known((alarm(AlarmState.ALARM),))), surroundings="AWS"))
    screen = console.export_text()
    assert screen.startswith("dev · AWS · 1970-01-01 00:00:00 UTC")
    assert "ALARM lag: because" in screen
    assert len(screen.splitlines()) <= 24


def test_the_document_says_what_is_unknown() -> None:
    found = replace(with_region(PEACE, Role.PRIMARY, health=WHO_KNOWS), time_scale=10)
    told = json.loads(json.dumps(document(found)))
    assert told["timeScale"] == 10
    assert told["regions"]["primary"]["health"] == {"unknown": "no answer in time"}
    assert told["regions"]["primary"]["region"] == "us-east-1"
    assert told["writer"]["value"]["region"] == "us-east-1"
    assert told["regions"]["standby"]["control"]["value"]["epoch"] == 7
    assert told["lagSeconds"] == {"primary-to-standby": {"value": 0.5}, "standby-to-primary": {"value": 0.5}}
    assert told["dns"]["value"]["role"] == {"value": "primary"}
