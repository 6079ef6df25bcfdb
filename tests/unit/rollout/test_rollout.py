"""A rollout: what is applied in which order, and what a rollout that stops says is applied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contract.environment import RELEASE_KEY
from contract.roles import Role
from handlers.releases.item import RegionVersions, Release, ReleaseState
from handlers.writer.item import Writer
from operations.errors import OperationError, OperatorCancelledError, UsageError
from operations.topology.readings import Known
from rollout.rollout import (
    HalfwayError,
    InterruptedRolloutError,
    RefusedRolloutError,
    Rollout,
    RolloutWishes,
    UnverifiedRolloutError,
)
from rollout.terraform import Terraform, TerraformFailedError, TerraformInterruptedError
from rollout.verifying import RegionsSeen, Watch
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import open_in, topology, with_region
from tests.unit.operations.site.outputs import outputs
from tests.unit.rollout.documents import document, resource

ALARM = "aws_cloudwatch_metric_alarm"
OURS, THEIRS = resource(f"{ALARM}.standby", "standby"), resource(f"{ALARM}.primary", "primary")
STEADY = RegionsSeen(topology(), {})
ILL = RegionsSeen(with_region(topology(), Role.STANDBY, health=Known(value=False)), {})


@dataclass(frozen=True)
class FakeTerraform(Terraform):
    """Plans what it is told, and notes what it applies."""

    project: Path = Path()
    stack: str = "payments-dr-dev"
    files: Path = Path()
    tell: Callable[[str], None] = print
    changes: list[dict[str, Any]] = field(default_factory=lambda: [OURS, THEIRS])
    deployed: bool = True
    pulled_along: Sequence[dict[str, Any]] = ()
    come_later: Sequence[dict[str, Any]] = ()
    fails: dict[str, Exception] = field(default_factory=dict)
    did: list[str] = field(default_factory=list)
    planned: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def synthesize(self) -> None:
        self.did.append("synthesize")

    def plan(self, name: str, *, targets: Sequence[str] = ()) -> tuple[Path, bool]:
        chosen = [each for each in self.changes if not targets or each["address"] in targets]
        extra = self.pulled_along if targets else self.come_later if name == "rest" else ()
        self.planned[name] = [*chosen, *extra]
        return Path(name), bool(self.planned[name])

    def show(self, plan: Path) -> dict[str, Any]:
        return document(self.planned[plan.name], outputs=outputs() if self.deployed else {})

    def state(self) -> dict[str, Any]:
        return {}

    def outputs(self) -> dict[str, Any]:
        return outputs()

    def apply(self, plan: Path) -> None:
        self.did.extend(each["address"] for each in self.planned[plan.name])
        if plan.name in self.fails:
            raise self.fails[plan.name]
        self.changes[:] = [each for each in self.changes if each not in self.planned[plan.name]]


@dataclass(frozen=True)
class FakeWatch(Watch):
    """Sees one thing after the other, and then the last one for ever."""

    aws: Any = None
    surroundings: Any = None
    clock: FakeClock = field(default_factory=FakeClock)
    tell: Any = print
    sights: list[RegionsSeen] = field(default_factory=lambda: [STEADY])

    def look(self, site: Any) -> RegionsSeen:
        return self.sights.pop(0) if len(self.sights) > 1 else self.sights[0]


def control(writer: Writer | None, release: dict[str, Any] | None = None) -> FakeAws:
    """Return an AWS whose control table holds these items."""

    def get_item(**asked: Any) -> dict[str, Any]:
        item = release if asked["Key"]["pk"]["S"] == RELEASE_KEY else writer.item() if writer else None
        return {} if item is None else {"Item": item}

    return FakeAws(answers={("dynamodb", "get_item"): get_item})


@dataclass
class Run:
    """One rollout with what it works with."""

    terraform: FakeTerraform = field(default_factory=FakeTerraform)
    sights: list[RegionsSeen] = field(default_factory=lambda: [STEADY])
    writer: Writer | None = field(default_factory=open_in)
    release: dict[str, Any] | None = None
    may_destroy: Sequence[str] = ()
    dry_run: bool = False
    confirm: Callable[[], None] = lambda: None
    said: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """Run it; return what was applied, in order."""
        watch = FakeWatch(aws=control(self.writer, self.release), sights=self.sights)
        wishes = RolloutWishes(dry_run=self.dry_run, watch_seconds=30, may_destroy=self.may_destroy)
        Rollout(self.terraform, watch, wishes, self.said.append, self.confirm).run()
        return self.applied

    @property
    def applied(self) -> list[str]:
        return self.terraform.did[1:]


def test_region_that_does_not_serve_has_the_change_first() -> None:
    run = Run(FakeTerraform(changes=[THEIRS, OURS]))
    assert run.run() == [f"{ALARM}.standby", f"{ALARM}.primary"]
    assert run.said[-1] == "Done: both regions have the change, and are as well as before."


def test_after_a_failover_that_is_the_primary() -> None:
    serves = RegionsSeen(topology(writer=open_in(Role.STANDBY)), {})
    assert Run(sights=[serves], writer=open_in(Role.STANDBY)).run() == [f"{ALARM}.primary", f"{ALARM}.standby"]


def test_order_is_shown_before_anybody_is_asked() -> None:
    def refuse() -> None:
        raise OperatorCancelledError

    run = Run(confirm=refuse)
    with pytest.raises(OperatorCancelledError):
        run.run()
    assert run.applied == []
    assert run.said[1:] == [
        "us-east-1 serves. 2 changes, in this order:",
        "1. us-east-2, which does not serve: 1 change",
        f"   ~ {ALARM}.standby (threshold)",
        "   then us-east-2 must be well before anything else is changed",
        "2. the rest, of us-east-1 and of both regions: 1 change",
        f"   ~ {ALARM}.primary (threshold)",
        "   then both regions must be well",
    ]


def test_dry_run_changes_nothing() -> None:
    run = Run(dry_run=True)
    assert run.run() == []
    assert run.said[-1] == "Nothing was changed."


def test_plan_without_changes_says_so() -> None:
    run = Run(FakeTerraform(changes=[]))
    assert run.run() == []
    assert run.said[-1] == "No changes: the deployment is as it is synthesized."


def test_failed_verification_stops_the_second_half() -> None:
    run = Run(sights=[STEADY, ILL])
    with pytest.raises(
        HalfwayError,
        match=r"^applied: 1 change of us-east-2; not applied: the other 1 change\. Stopped: /health of us-east-2 must "
        r"answer 200, it does not\. `\./run rollout` goes on from there, or goes back",
    ):
        run.run()
    assert run.applied == [f"{ALARM}.standby"]


def test_applied_but_unhealthy_has_its_own_exit_status() -> None:
    run = Run(sights=[*[STEADY] * 9, ILL])
    with pytest.raises(UnverifiedRolloutError, match=r"^applied: all of 2 changes\. Stopped: /health of us-east-2"):
        run.run()
    assert run.applied == [f"{ALARM}.standby", f"{ALARM}.primary"]


@pytest.mark.parametrize(
    ("half", "says"),
    [
        ("first", "applied: at most a part of 1 change of us-east-2, and nothing else"),
        ("rest", "applied: 1 change of us-east-2, and at most a part of the other 1 change"),
    ],
)
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TerraformFailedError("`terraform apply` failed"), HalfwayError),
        (TerraformInterruptedError("`terraform apply` was interrupted"), InterruptedRolloutError),
    ],
)
def test_apply_that_ends_early_says_what_is_applied(
    half: str, says: str, error: Exception, kind: type[HalfwayError]
) -> None:
    with pytest.raises(kind, match=f"^{says}\\. Stopped: {error}\\. "):
        Run(FakeTerraform(fails={half: error})).run()


def test_ctrl_c_while_verifying_says_what_is_applied() -> None:
    @dataclass(frozen=True)
    class Interrupted(FakeWatch):
        def until_well(self, *_: Any, **__: Any) -> None:
            raise KeyboardInterrupt

    wishes = RolloutWishes(dry_run=False, watch_seconds=30, may_destroy=())
    with pytest.raises(
        InterruptedRolloutError, match="applied: 1 change of us-east-2; not applied: the other 1 change"
    ):
        Rollout(FakeTerraform(), Interrupted(aws=control(open_in())), wishes, print, lambda: None).run()


def test_writer_that_moves_between_the_halves_stops_it() -> None:
    moved = RegionsSeen(topology(writer=open_in(Role.STANDBY, epoch=8)), {})
    run = Run(sights=[STEADY, moved])
    with pytest.raises(HalfwayError, match="the writer must stay at epoch 7"):
        run.run()
    assert run.applied == [f"{ALARM}.standby"]


def test_release_that_begins_between_the_halves_stops_it() -> None:
    terraform, quietly, placed = FakeTerraform(), control(open_in()), RegionVersions({}, "d0")
    both = dict.fromkeys(("us-east-1", "us-east-2"), placed)
    release = Release("r1", "d1", ReleaseState.RUNNING, 9, 7, both, both, by="bob")
    busily = control(open_in(), release.item())

    def get_item(**asked: Any) -> Any:
        aws = busily if terraform.did[1:] else quietly
        return aws.answers["dynamodb", "get_item"](**asked)

    watch = FakeWatch(aws=FakeAws(answers={("dynamodb", "get_item"): get_item}))
    wishes = RolloutWishes(dry_run=False, watch_seconds=30, may_destroy=())
    with pytest.raises(
        HalfwayError, match=r"^applied: 1 change of us-east-2, .* no release must be under way.* by bob"
    ):
        Rollout(terraform, watch, wishes, print, lambda: None).run()
    assert terraform.did[1:] == [f"{ALARM}.standby"]


def test_what_was_not_shown_is_not_applied() -> None:
    run = Run(FakeTerraform(come_later=[resource("aws_sqs_queue.x", "primary", "delete")]))
    with pytest.raises(
        HalfwayError, match=r"Stopped: the plan of the rest holds what was not shown: - aws_sqs_queue\.x \(destroy\)\. "
    ):
        run.run()
    assert run.applied == [f"{ALARM}.standby"]


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (
            Run(FakeTerraform(changes=[resource("aws_sqs_queue.retry", "standby", "delete")])),
            "aws_sqs_queue.retry would",
        ),
        (Run(may_destroy=["aws_sqs_queue.retry"]), "--may-destroy must name what"),
        (
            Run(FakeTerraform(pulled_along=[THEIRS])),
            f"the half of us-east-2 cannot go first, .* also change {ALARM}.prim",
        ),
    ],
    ids=["loses data", "names nothing", "touches the other"],
)
def test_refused_plan_changes_nothing(run: Run, says: str) -> None:
    with pytest.raises(RefusedRolloutError, match=says):
        run.run()
    assert run.applied == []


def test_named_address_is_destroyed() -> None:
    queue = resource("aws_sqs_queue.retry", "standby", "delete")
    assert Run(FakeTerraform(changes=[queue]), may_destroy=["aws_sqs_queue.retry"]).run() == ["aws_sqs_queue.retry"]


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (Run(FakeTerraform(deployed=False)), r"nothing is deployed yet.*`\./run deploy`"),
        (Run(writer=None), "the writer must be open in a region, .* it is absent"),
    ],
    ids=["first deployment", "no writer"],
)
def test_without_a_region_that_serves_it_is_refused(run: Run, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        run.run()
    assert run.applied == []


def test_release_that_cannot_be_read_is_not_taken_for_none() -> None:
    with pytest.raises(OperationError, match="whether a release is under way must be known"):
        Run(release={"pk": {"S": RELEASE_KEY}}).run()
