"""`dr history`: who moved what, when, why, and for how long nobody could store."""

import json
from typing import Any

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.cli import app as command_line
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.verdict.model import TrafficVerdict
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import NAMES, closing, isolated, open_in, topology, with_region, without

STORY = (
    open_in(epoch=4, at="2026-01-30T08:00:00.000Z", reason="created"),
    closing(ClosingKind.TAKEOVER, Role.STANDBY, epoch=5, at="2026-01-31T11:00:00.000Z", by="ticker us-east-2"),
    open_in(Role.STANDBY, epoch=6, at="2026-01-31T11:00:08.000Z", by="ticker us-east-2", reason="us-east-1 is unfit"),
    closing(ClosingKind.PLANNED, Role.STANDBY, epoch=7, at="2026-01-31T12:00:00.000Z", reason="it is well again"),
    open_in(epoch=8, at="2026-01-31T12:01:10.000Z", by="alice", reason="it is well again"),
)


def run(patch: pytest.MonkeyPatch, found: Topology, *arguments: str, told: tuple[Writer, ...] = ()) -> int:
    """Run the command on a control table that holds what us-east-2's ticker recorded."""
    items = {f"epoch#{NAMES[Role.STANDBY]}#{each.epoch}": {**each.item(), "seenAt": {"S": each.at}} for each in told}

    def get(*, Key: dict[str, Any], **_: Any) -> Any:  # noqa: N803 — AWS's name
        item = items.get(Key["pk"]["S"])
        return {"Item": item} if item else {}

    opened(patch, aws=FakeAws({("dynamodb", "get_item"): get}))
    patch.setattr("operations.cli.history.read_topology", lambda *_, **__: found)
    return command_line.main(["history", *arguments])


def rows(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_who_moved_what(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, topology(writer=STORY[-1]), "--last", "4", told=STORY) == 0
    serving, *table = rows(capsys)
    assert serving.startswith("dev: us-east-1 takes payments")
    assert table == [
        "epoch at who closed for what, and why",
        "8 2026-01-31 12:01:10 UTC alice 70 s us-east-2 → us-east-1",
        "it is well again",
        "7 2026-01-31 12:00:00 UTC alice closing in us-east-2 in favour of us-east-1",
        "it is well again",
        "6 2026-01-31 11:00:08 UTC us-east-2's ticker 8 s us-east-1 → us-east-2",
        "us-east-1 is unfit",
        "5 2026-01-31 11:00:00 UTC us-east-2's ticker closing, to be opened in us-east-2",
    ]


def test_epoch_that_nobody_saw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, topology(), "--last", "2") == 0
    _, _, newest, before = rows(capsys)
    assert newest.endswith("us-east-1's ticker unknown open in us-east-1")
    assert before == "6 unknown: no ticker saw it"


@pytest.mark.parametrize(
    ("since", "epochs"),
    [
        ("2026-01-31T12:00:00Z", ["8", "7"]),
        ("2026-01-31T12:01", ["8"]),
        ("2026-01-31", ["8", "7", "6", "5"]),
        ("2026-01-01", ["8", "7", "6", "5", "4"]),
    ],
)
def test_since(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], since: str, epochs: list[str]
) -> None:
    monkeypatch.setattr("operations.cli.history._PAGE", 2)
    monkeypatch.setattr("tests.unit.fake_clock.FakeClock.time", lambda _: 1_800_000_000.0)
    assert run(monkeypatch, topology(writer=STORY[-1]), "--since", since, told=STORY) == 0
    shown = [line.split()[0] for line in rows(capsys)[1:] if line[0].isdigit()]
    assert shown == epochs


def test_nothing_since(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("tests.unit.fake_clock.FakeClock.time", lambda _: 1_800_000_000.0)
    assert run(monkeypatch, topology(writer=STORY[-1]), "--since", "2026-02-01", told=STORY) == 0
    assert rows(capsys)[1:] == ["Nobody has changed the writer since 2026-02-01."]


def test_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, topology(writer=STORY[-1]), "--last", "3", "-o", "json", told=STORY[:3] + STORY[4:]) == 0
    told = json.loads(capsys.readouterr().out)
    assert TrafficVerdict.model_validate(told["verdict"]).takes_payments == "us-east-1"
    newest, unseen, before = told["epochs"]
    assert (newest["epoch"], newest["writer"]["value"]["by"], newest["from"]) == (8, "alice", None)
    assert newest["closedSeconds"] == {"unknown": "epoch 7: no ticker saw it"}
    assert (unseen["writer"], unseen["closedSeconds"]) == ({"unknown": "no ticker saw it"}, None)
    assert (before["from"], before["closedSeconds"]) == ("us-east-1", {"value": 8})
    assert before["seenAt"] == {"us-east-2": "2026-01-31T11:00:08.000Z"}


def test_nothing_read_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    dark = without(without(topology(), Role.PRIMARY), Role.STANDBY)
    assert run(monkeypatch, dark) == 1


def test_without_a_quorum_the_newest_may_be_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, isolated(without(topology(), Role.PRIMARY), Role.STANDBY)) == 0
    assert "\nThe newest may be missing: " in capsys.readouterr().out


def test_writer_that_nobody_created(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = topology()
    for role in Role:
        found = with_region(found, role, control=Known(None))
    assert run(monkeypatch, found) == 1
    assert capsys.readouterr().err == "dr: nobody has created the writer yet\n"
