"""A failover calls the standby's data plane and nothing else: whatever it asks for besides has no answer here."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer

from handlers.environment import ACTIVITY_PREFIX, FENCE_PREFIX, PARTITION_KEY
from operations.cli.exit_status import DONE, FAILED, REFUSED
from operations.cli.options import Output, Session
from operations.cli.traffic_options import Wishes
from operations.cli.traffic_run import TrafficRun
from operations.errors import UsageError
from operations.execution.journal import Failed, Journals
from operations.plans.failover import plan_failover
from operations.plans.plan import Purpose
from operations.site import CheckName, Role
from operations.surroundings import Surroundings
from operations.topology.model import DnsAnswer
from operations.topology.readings import Known
from tests.unit.operations.fakes import FakeAws, StoppedClock, silent_dns
from tests.unit.operations.plans.topologies import NAMES, SITE

STANDBY, PRIMARY = NAMES[Role.STANDBY], NAMES[Role.PRIMARY]
READS = {"get_item", "get_queue_attributes", "get_metric_data", "describe_alarms", "get_parameter"}
START = 1_800_000_000.0


@dataclass
class Replica:
    """The standby's table: items by key."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def get_item(self, *, Key: Any, **_: Any) -> Any:  # noqa: N803 — as boto3
        item = self.items.get(Key[PARTITION_KEY]["S"])
        return {"Item": item} if item else {}

    def update_item(self, *, Key: Any, ExpressionAttributeValues: Any, **_: Any) -> Any:  # noqa: N803
        key = Key[PARTITION_KEY]["S"]
        values = {name[1:]: value for name, value in ExpressionAttributeValues.items()}
        self.items[key] = {name: values[name] for name in ("fenced", "reason", "by", "at")} | {"epoch": {"N": "1"}}
        later = {PARTITION_KEY: {"S": f"{ACTIVITY_PREFIX}{STANDBY}"}, "epochSeconds": {"N": str(int(START) + 9)}}
        self.items[f"{ACTIVITY_PREFIX}{STANDBY}"] = later  # clients have followed
        return {"Attributes": self.items[key]}


@dataclass
class Edge:
    """DNS and the standby's endpoint, which follow the fence; nothing else must be asked."""

    replica: Replica

    def dns(self, _url: str) -> DnsAnswer:
        serving = Role.STANDBY if self.takeover(Role.STANDBY) else Role.PRIMARY
        return DnsAnswer(("127.0.1.1",), 60, Known(serving))

    def takeover(self, role: Role) -> bool:
        assert role is Role.STANDBY
        return f"{FENCE_PREFIX}{PRIMARY}" in self.replica.items

    def health(self, role: Role, *, reads: int) -> bool:
        assert role is Role.STANDBY
        assert reads > 1
        return True

    def check(self, name: CheckName) -> bool:
        raise AssertionError(f"Route 53's API was asked for {name}")


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch) -> Replica:
    replica = Replica()
    for module in ("topology.read", "execution.live_controls"):
        monkeypatch.setattr(f"operations.{module}.EdgeReader", lambda *_, **__: Edge(replica))
    return replica


@pytest.fixture
def aws(replica: Replica) -> FakeAws:
    where = ("dynamodb", STANDBY)
    return FakeAws(answers={(*where, "get_item"): replica.get_item, (*where, "update_item"): replica.update_item})


def fail_over(aws: FakeAws, journals: Path, *, yes: bool = True, dry_run: bool = False, resume: bool = False) -> int:
    session = Session(
        site=SITE,
        aws=aws,
        clock=StoppedClock(START),
        surroundings=Surroundings(),
        output=Output.JSON,
        yes=yes,
        operator="me",
    )
    wishes = Wishes(dry_run=dry_run, resume=resume, journals=journals)
    return TrafficRun(session, Purpose.FAILOVER, wishes).run(plan_failover)


def test_it_is_done(aws: FakeAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fail_over(aws, tmp_path) == DONE
    document = json.loads(capsys.readouterr().out)
    assert document["outcome"] == "done"
    assert [result["says"] for result in document["results"]] == [step["says"] for step in document["plan"]["steps"]]
    assert document["before"]["regions"]["primary"]["health"] == {"unknown": "not asked"}


@pytest.mark.parametrize(("ill_reads", "status"), [(1, DONE), (2, DONE), (3, REFUSED)])
def test_only_a_standby_that_keeps_saying_it_is_ill_is_refused(
    aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ill_reads: int, status: int
) -> None:
    monkeypatch.setattr(Edge, "health", lambda *_, reads: ill_reads < reads)
    assert fail_over(aws, tmp_path) == status


def test_it_calls_the_standby_alone(aws: FakeAws, tmp_path: Path) -> None:
    fail_over(aws, tmp_path)
    assert {region for _, region, _, _ in aws.calls} == {STANDBY}


def test_it_makes_one_change(aws: FakeAws, tmp_path: Path) -> None:
    fail_over(aws, tmp_path)
    made = [(operation, call["Key"]) for _, _, operation, call in aws.calls if operation not in READS]
    assert made == [("update_item", {PARTITION_KEY: {"S": f"{FENCE_PREFIX}{PRIMARY}"}})]


def test_what_does_not_answer_ends_in_a_failure_that_can_be_resumed(
    aws: FakeAws, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Edge, "takeover", lambda *_: False)
    assert fail_over(aws, tmp_path) == FAILED
    told = capsys.readouterr()
    assert json.loads(told.out)["error"] == "not within 60 s: it answers 404 still"
    assert "`dr failover --resume` goes on" in told.err


class TestDeadDns:
    """No DNS server says anything: once the fence is set, a move waits for one and fails in one line without one."""

    SAID = "The resolution lifetime expired after 2.000 seconds"

    @pytest.mark.parametrize("asked", ["takeover", "dns"])
    def test_it_fails_in_the_journal(
        self,
        aws: FakeAws,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        asked: str,
    ) -> None:
        monkeypatch.setattr(Edge, asked, silent_dns)
        assert fail_over(aws, tmp_path) == FAILED
        assert self.SAID in json.loads(capsys.readouterr().out)["error"]
        (journal,) = Journals(tmp_path, "dev").latest_first()
        last = journal.records()[-1]
        assert isinstance(last, Failed)
        assert self.SAID in last.error

    def test_it_goes_on_once_a_server_answers(
        self, aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alive, asked = Edge.takeover, iter(range(5))
        monkeypatch.setattr(
            Edge, "takeover", lambda edge, role: alive(edge, role) if next(asked, None) is None else silent_dns()
        )
        assert fail_over(aws, tmp_path) == DONE


class TestResuming:
    """It needs the standby alone as well."""

    def test_what_was_fenced(self, aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Edge, "takeover", lambda *_: False)
            assert fail_over(aws, tmp_path) == FAILED
        self.resume(aws, tmp_path)

    def test_what_was_not(self, aws: FakeAws, tmp_path: Path) -> None:
        writing = aws.answers
        aws.answers = {("dynamodb", STANDBY, "get_item"): writing["dynamodb", STANDBY, "get_item"]}
        assert fail_over(aws, tmp_path) == FAILED
        aws.answers = writing
        self.resume(aws, tmp_path)

    @staticmethod
    def resume(aws: FakeAws, journals: Path) -> None:
        assert fail_over(aws, journals, resume=True) == DONE
        assert {region for _, region, _, _ in aws.calls} == {STANDBY}


def changes(aws: FakeAws) -> list[str]:
    return [operation for _, _, operation, _ in aws.calls if operation not in READS]


def test_a_dry_run_changes_nothing(aws: FakeAws, tmp_path: Path) -> None:
    assert fail_over(aws, tmp_path, yes=False, dry_run=True) == DONE
    assert changes(aws) == []
    assert list(tmp_path.iterdir()) == []


class TestConfirmation:
    """Without --yes, the environment's name must be typed."""

    @staticmethod
    def typing(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
        def prompt(*_: object, **__: object) -> str:
            if text is None:
                raise typer.Abort
            return text

        monkeypatch.setattr(typer, "prompt", prompt)

    def test_its_name(self, aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.typing(monkeypatch, "dev ")
        assert fail_over(aws, tmp_path, yes=False) == DONE

    @pytest.mark.parametrize(
        ("typed", "said"),
        [("yes", "name must be typed to go on: dev, got yes"), (None, "--yes must be given")],
    )
    def test_anything_else(
        self, aws: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str | None, said: str
    ) -> None:
        self.typing(monkeypatch, typed)
        with pytest.raises(UsageError, match=said):
            fail_over(aws, tmp_path, yes=False)
        assert changes(aws) == []


def test_only_one_way_at_a_time() -> None:
    with pytest.raises(UsageError, match="only one of --resume, --roll-back and --forget"):
        _ = Wishes(resume=True, roll_back=True).course


def test_a_journal_that_cannot_be_read_does_not_stand_in_its_way(aws: FakeAws, tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "2026-switchover.jsonl").write_text("of another version\n")
    assert fail_over(aws, tmp_path) == DONE
