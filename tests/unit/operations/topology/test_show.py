"""One screen, on which only what is known and in order is green; and the same as JSON."""

import json
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from handlers.payments.fence import Fence
from operations.site import CheckName, QueueKind, Role
from operations.topology.document import document
from operations.topology.model import (
    Alarm,
    AlarmState,
    BucketBacklog,
    DnsAnswer,
    Heartbeat,
    QueueDepth,
    Sentinel,
    Topology,
)
from operations.topology.readings import Known, Unknown
from operations.topology.show import Tone, above, rows, show
from tests.unit.operations.plans.topologies import topology, with_region

WHO_KNOWS = Unknown("no answer in time")
PEACE = topology()


def cells(found: Topology, role: Role) -> dict[str, tuple[str, Tone]]:
    return {title: (cell(role).text, cell(role).tone) for title, cell in rows(found)}


def alarm(state: AlarmState) -> Alarm:
    return Alarm("lag", state, "because", actions_enabled=True)


def test_in_peace_everything_is_green() -> None:
    for role in Role:
        assert {tone for _, tone in cells(PEACE, role).values()} <= {Tone.PEACE, Tone.PLAIN}


def test_what_is_unknown_is_never_green() -> None:
    unknown = with_region(
        PEACE,
        Role.STANDBY,
        **dict.fromkeys(
            ("health", "takeover", "alarms", "bucket_backlog", "sentinel", "automatic_takeover"), WHO_KNOWS
        ),
        queues=dict.fromkeys(QueueKind, WHO_KNOWS),
        fences=dict.fromkeys(Role, WHO_KNOWS),
        heartbeats=dict.fromkeys(Role, WHO_KNOWS),
    )
    told = cells(unknown, Role.STANDBY)
    seen_by_the_peer = {"fence, peer's replica", "heartbeat, peer's replica", "lag to the peer"}
    for title, (text, tone) in told.items():
        if title not in seen_by_the_peer:
            assert (text, tone) == ("unknown: no answer in time", Tone.UNKNOWN), title


TROUBLES: dict[str, tuple[dict[str, Any], str, Tone, str]] = {
    "fenced": (
        {
            "fences": dict.fromkeys(
                Role, Known(Fence("us-east-2", fenced=True, epoch=3, reason="drill", at="t", by="me"))
            )
        },
        "fence, own replica",
        Tone.ALARM,
        "FENCED, epoch 3, t by me: drill",
    ),
    "late heartbeat": (
        {"heartbeats": dict.fromkeys(Role, Known(Heartbeat(at=0, age=200, release="r")))},
        "heartbeat, own replica",
        Tone.ALARM,
        "200 s ago",
    ),
    "unhealthy": ({"health": Known(value=False)}, "/health", Tone.ALARM, "UNHEALTHY"),
    "taken over": ({"takeover": Known(value=True)}, "/takeover", Tone.ALARM, "TAKEN OVER"),
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
    "disarmed": ({"sentinel": Known(Sentinel(False, "r", ""))}, "sentinel", Tone.ALARM, "NOT ARMED"),  # noqa: FBT003
    "switched off": ({"automatic_takeover": Known(value=False)}, "automatic takeover", Tone.NOTE, "OFF"),
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


class TestDns:
    """The line above the table."""

    def line(self, answer: Any, **checks: Any) -> list[tuple[str, Tone]]:
        told = Topology(
            site=PEACE.site,
            read_at=0,
            regions=PEACE.regions,
            dns=answer,
            health_checks={CheckName(name): reading for name, reading in checks.items()},
            lag=PEACE.lag,
        )
        return [(cell.text, cell.tone) for cell in above(told)]

    def answer(self, role: Any) -> Known[DnsAnswer]:
        return Known(DnsAnswer(("10.0.0.1",), 60, role))

    def test_the_primary_serves(self) -> None:
        (dns, serving) = self.line(self.answer(Known(Role.PRIMARY)), serving=Known(value=True))
        assert dns == ("api.example.com → 10.0.0.1 (TTL 60 s): primary us-east-1", Tone.PEACE)
        assert serving == ("Route 53 should answer primary", Tone.PEACE)

    def test_the_standby_serves(self) -> None:
        (dns, serving) = self.line(self.answer(Known(Role.STANDBY)), serving=Known(value=False))
        assert dns[1] is serving[1] is Tone.ALARM

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
    assert told["regions"]["standby"]["fences"]["primary"]["value"]["fenced"] is False
    assert told["lagSeconds"] == {"primary-to-standby": {"value": 0.5}, "standby-to-primary": {"value": 0.5}}
    assert told["dns"]["value"]["role"] == {"value": "primary"}
