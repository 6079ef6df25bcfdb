"""Stopping, starting, switching takeovers on and off, breaking the glass, rolling back."""

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.plans.break_glass import plan_break_glass, sentence
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.roll_back import plan_roll_back
from operations.plans.stopping import plan_automatic, plan_start, plan_stop
from operations.plans.switchover import plan_switchover
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import (
    SITE,
    UNFIT,
    closing,
    isolated,
    loss,
    open_in,
    topology,
    with_region,
    without,
)

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
NOWHERE = isolated(without(topology(), PRIMARY), STANDBY)


def says(plan: Plan | Refusal) -> list[str]:
    assert isinstance(plan, Plan), plan
    return [step.says(SITE) for step in plan.steps]


def obstacles(plan: Plan | Refusal) -> list[str]:
    assert isinstance(plan, Refusal)
    return [str(each) for each in plan.obstacles]


@pytest.mark.parametrize("now", [open_in(), *(closing(kind) for kind in ClosingKind)])
def test_stop_is_possible_in_every_state(now: Writer) -> None:
    assert says(plan_stop(topology(writer=now))) == [
        "close the writer and hold it: no region takes payments until `dr start`",
        "wait 8 s, until no region can store on older knowledge",
    ]


class TestStart:
    """Whatever closed the writer, the owner opens."""

    @pytest.mark.parametrize("kind", [ClosingKind.HELD, ClosingKind.TAKEOVER])
    def test_owner_opens_after_settling(self, kind: ClosingKind) -> None:
        assert says(plan_start(topology(writer=closing(kind, STANDBY))))[:2] == [
            "wait 8 s, until no region can store on older knowledge",
            "open us-east-2",
        ]

    def test_planned_closing_is_undone(self) -> None:
        plan = plan_start(topology(writer=closing(ClosingKind.PLANNED)))
        assert says(plan)[0] == "undo the closing: us-east-1 is open again"
        assert isinstance(plan, Plan)
        assert plan.warnings == ("us-east-1 stays the owner: what alice began is undone",)

    def test_open_writer_is_refused(self) -> None:
        said = "us-east-1 must not serve already: us-east-1's ticker opened"
        assert obstacles(plan_start(topology()))[0].startswith(said)

    def test_unfit_owner_is_refused(self) -> None:
        found = with_region(topology(writer=closing(ClosingKind.HELD)), PRIMARY, ticker=Known(UNFIT))
        assert obstacles(plan_start(found)) == [
            "us-east-1 must be fit: its ticker finds it unfit; `dr failover --to us-east-2 --force`, or --force"
        ]
        assert says(plan_start(found, force=True))


@pytest.mark.parametrize(("automatic", "word"), [(True, "on"), (False, "off")])
def test_takeovers_are_switched(automatic: bool, word: str) -> None:  # noqa: FBT001
    assert says(plan_automatic(topology(), automatic=automatic)) == [f"switch automatic takeover {word}"]


@pytest.mark.parametrize(
    "refusal",
    [plan_stop(NOWHERE), plan_start(NOWHERE), plan_automatic(NOWHERE, automatic=True)],
    ids=["stop", "start", "automatic"],
)
def test_nothing_goes_without_a_quorum(refusal: Plan | Refusal) -> None:
    assert obstacles(refusal)[0].startswith("a replica of the control table must have a quorum")


class TestBreakGlass:
    """Only while no region that is reached has a quorum."""

    def test_steps(self) -> None:
        plan = plan_break_glass(NOWHERE, STANDBY)
        assert says(plan)[:2] == ["break the glass in us-east-2 at epoch 7", "see us-east-2's /writer answer 200"]
        assert isinstance(plan, Plan)
        assert (plan.purpose, plan.before) == (Purpose.BREAK_GLASS, None)

    @pytest.mark.parametrize("role", Role)
    def test_quorum_anywhere_forbids_it(self, role: Role) -> None:
        found = isolated(topology(), role)
        assert f"no reachable region may have a quorum: {SITE.regions[role.peer].name} has a quorum" in str(
            obstacles(plan_break_glass(found, role))
        )

    def test_region_must_answer(self) -> None:
        assert obstacles(plan_break_glass(NOWHERE, PRIMARY)) == [
            (
                "us-east-1 must answer: its replica of the payments table is unknown (no connection); "
                "break the glass in a region that does"
            ),
            (
                "us-east-1 must answer: the epoch that it remembers is unknown (no connection); "
                "break the glass in a region that does"
            ),
        ]

    def test_region_must_remember_an_epoch(self) -> None:
        found = with_region(NOWHERE, STANDBY, remembered=Known(None))
        assert "it remembers no writer" in obstacles(plan_break_glass(found, STANDBY))[0]

    def test_sentence_names_the_region(self) -> None:
        assert sentence("us-east-2").endswith("in us-east-2")


class TestRollBack:
    """Only a planned closing is undone."""

    INTERRUPTED = plan_switchover(topology(), loss=loss())

    def back(self, found: Topology) -> Plan | Refusal:
        assert isinstance(self.INTERRUPTED, Plan)
        return plan_roll_back(found, self.INTERRUPTED)

    def test_planned_closing_is_undone(self) -> None:
        plan = self.back(topology(writer=closing(ClosingKind.PLANNED, epoch=8)))
        assert says(plan) == ["undo the closing: us-east-1 is open again"]

    def test_opened_destination_is_refused(self) -> None:
        (said,) = obstacles(self.back(topology(writer=open_in(STANDBY, epoch=9, by="alice"))))
        assert said.startswith("a planned closing must be there to be undone: alice opened us-east-2")

    def test_unchanged_writer_is_refused(self) -> None:
        assert "the interrupted plan had changed nothing" in obstacles(self.back(topology()))[0]

    def test_unknown_writer_is_refused(self) -> None:
        silent = Unknown("no connection")
        found = topology()
        for role in Role:
            found = with_region(found, role, control=silent)
        assert "unknown; try again once a replica has a quorum" in obstacles(self.back(found))[0]
