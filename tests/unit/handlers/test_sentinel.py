"""The sentinel's rounds over a replica."""

import pytest

from handlers.control import note_activity, put_heartbeat
from handlers.payments.fence import read_fence
from handlers.standby.configuration import ConfigurationError
from handlers.standby.watch import Place, Sentinel
from tests.unit.handlers.fakes import (
    PEER,
    REGION,
    SECRET,
    TABLE,
    FakeContext,
    FakeParameters,
    FakeTable,
    FakeTime,
    Logs,
    emitted,
    timed_out,
)

DOCUMENT = '{"automaticTakeover": true, "peerDeadAfterSeconds": 180, "localPaymentsWithinSeconds": 120}'


class Round:
    """A sentinel over fakes; the peer is the primary unless told otherwise."""

    def __init__(self, *, standby: bool = True) -> None:
        self.table, self.time, self.logs = FakeTable(), FakeTime(), Logs()
        self.parameters = FakeParameters(configuration=DOCUMENT, endpoint="https://us-east-2.api.example.com/")
        self.probed: list[str] = []
        self.peer_answers = False
        self.release = "B"
        self.standby = standby

    def run(self) -> None:
        sentinel = Sentinel(
            place=Place(TABLE, REGION, PEER, self.standby, self.release, "endpoint", "configuration"),
            client=self.table,
            parameters=self.parameters,
            probe=self._probe,
            clock=self.time.clock,
            telemetry=self.logs.telemetry(),
        )
        sentinel.watch(FakeContext())

    def beat(self, release: str = "B") -> None:
        put_heartbeat(self.table, TABLE, PEER, release=release, now=self.time.wall)

    def arm_then_kill(self) -> None:
        """The peer was healthy, then fell silent for long, and payments arrive here."""
        self.beat()
        self.run()
        self.time.pass_(200)
        note_activity(self.table, TABLE, REGION, self.time.wall - 5)

    @property
    def fenced(self) -> bool:
        return read_fence(self.table, TABLE, PEER).fenced

    def _probe(self, endpoint: str) -> bool:
        self.probed.append(endpoint)
        return self.peer_answers


class TestRounds:
    """What the sentinel does over time."""

    def test_a_dead_primary_is_fenced_once_and_announced(self, capsys: pytest.CaptureFixture[str]) -> None:
        given = Round()
        given.arm_then_kill()
        given.run()
        given.run()
        fence = read_fence(given.table, TABLE, PEER)
        assert (fence.fenced, fence.epoch, fence.by, fence.at) == (
            True,
            1,
            f"sentinel {REGION}",
            "2026-01-01T00:03:20.000Z",
        )
        assert given.probed == ["https://us-east-2.api.example.com"]
        assert emitted(capsys.readouterr().out) == {"PeerHeartbeatAge": [0.0, 200.0, 200.0], "AutomaticTakeover": [1.0]}
        assert [line["level"] for line in given.logs.lines] == ["INFO", "INFO", "CRITICAL", "INFO"]

    def test_a_primary_whose_endpoint_answers_is_not(self) -> None:
        given = Round()
        given.peer_answers = True
        given.arm_then_kill()
        given.run()
        assert (given.fenced, len(given.probed)) == (False, 1)

    def test_the_endpoint_is_asked_only_when_everything_else_speaks_for_it(self) -> None:
        given = Round()
        given.beat()
        given.run()
        assert given.probed == []

    def test_a_deployment_in_between_keeps_it_quiet(self) -> None:
        given = Round()
        given.arm_then_kill()
        given.release = "C"
        given.run()
        assert (given.fenced, given.probed) == (False, [])

    def test_a_fenced_standby_keeps_quiet(self) -> None:
        given = Round()
        given.arm_then_kill()
        given.table.fence(REGION)
        given.run()
        assert given.fenced is False

    def test_the_primarys_own_sentinel_only_publishes_the_age(self, capsys: pytest.CaptureFixture[str]) -> None:
        given = Round(standby=False)
        given.arm_then_kill()
        given.table.calls.clear()
        given.run()
        assert [name for name, _ in given.table.calls] == ["get_item"]
        assert (given.fenced, given.parameters.calls) == (False, [])
        assert emitted(capsys.readouterr().out) == {"PeerHeartbeatAge": [0.0, 200.0]}

    def test_without_a_heartbeat_nothing_is_published(self, capsys: pytest.CaptureFixture[str]) -> None:
        given = Round()
        given.run()
        assert capsys.readouterr().out == ""

    def test_a_heartbeat_of_a_clock_ahead_is_fresh(self, capsys: pytest.CaptureFixture[str]) -> None:
        given = Round()
        given.beat()
        given.time.wall -= 3
        given.run()
        assert emitted(capsys.readouterr().out) == {"PeerHeartbeatAge": [0.0]}

    def test_what_it_remembers_is_written_only_when_it_changes(self) -> None:
        given = Round()
        given.beat()
        given.run()
        given.run()
        written = [request["Item"] for request in given.table.calls_of("put_item") if "armedRelease" in request["Item"]]
        assert written == [
            {
                "pk": {"S": f"control#sentinel#{REGION}"},
                "runningRelease": {"S": "B"},
                "armedRelease": {"S": "B"},
                "peerSeenHealthyAt": {"S": "2026-01-01T00:00:00.000Z"},
            },
        ]

    def test_a_bad_configuration_is_one_clear_line_and_the_age_is_published(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = Round()
        given.arm_then_kill()
        given.parameters.values["configuration"] = SECRET
        with pytest.raises(ConfigurationError):
            given.run()
        assert given.logs.lines[-1]["message"] == "no automatic takeover: parameter configuration must hold JSON"
        assert SECRET not in given.logs.text
        assert given.fenced is False
        assert emitted(capsys.readouterr().out)["PeerHeartbeatAge"][-1] == 200.0

    def test_a_parameter_store_that_does_not_answer_leaves_the_age_published(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = Round()
        given.arm_then_kill()
        given.parameters.fail("get_parameter", error := timed_out())
        with pytest.raises(type(error)):
            given.run()
        assert given.fenced is False
        assert emitted(capsys.readouterr().out)["PeerHeartbeatAge"][-1] == 200.0
