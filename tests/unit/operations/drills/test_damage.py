"""Steps that damage payments and restore them: what is done, what is recorded, and that nothing stays damaged."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contract.roles import Role
from handlers.payments.model import Payment, StoredPayment
from operations.drills.bad_data import DamageKind
from operations.drills.events import DamageFound, DataDamaged, DataRepaired, FaultChange, RestoreChecked
from operations.drills.scenario_steps import DamageData, RestoreData, StorePast
from operations.drills.selecting import of_kind
from operations.drills.steps import DrillStepError
from tests.unit.operations.drills.stage import Stage, stage

STORE = StorePast(do="store", payments=100_000, faster=2_000)
DAMAGE = DamageData(do="damage", id="bad", altered=500, deleted=300, doubled=50, added=20)
RESTORE = RestoreData(do="restore", settle=0)

PROGRAM = """
import json, pathlib, sys
with open('said', 'a') as file:
    print(' '.join(sys.argv[1:]), file=file)
answers = json.loads(pathlib.Path('answers').read_text())
print(json.dumps(answers.get(sys.argv[2], {})))
sys.exit(1 if sys.argv[2] == 'plan' else 0)
"""

Item = dict[str, Any]


class Past:
    """A replica of payments in memory, which is both regions' and takes writes."""

    def __init__(self) -> None:
        self.held: dict[str, Item] = {}
        self.original: dict[str, Item] = {}
        self.changes_later = ""
        """A payment that is another one from the second look on."""

    def store(self, count: int) -> None:
        for number in range(count):
            id_ = f"drill-past-{number:06}"
            item = StoredPayment(Payment(id_, Decimal(1), "EUR"), "us-east-1", "2020-01-01T00:00:00.000Z").item()
            self.held[id_] = item
        self.original = dict(self.held)

    def items(self, _: Role) -> dict[str, Item]:
        held = dict(self.held)
        if self.changes_later:
            self.held[self.changes_later] = {**held[self.changes_later], "amount": {"N": "2"}}
        return held

    def put_item(self, *, Item: Item, **_: object) -> None:  # noqa: N803
        self.held[Item["transactionId"]["S"]] = Item

    def delete_item(self, *, Key: Mapping[str, Any], **_: object) -> None:  # noqa: N803
        del self.held[Key["pk"]["S"].removeprefix("payment#")]


@pytest.fixture
def past() -> Past:
    return Past()


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, past: Past) -> Stage:
    (tmp_path / "operations.py").write_text(PROGRAM)
    monkeypatch.setattr("operations.drills.commands.ROOT", tmp_path)
    made = stage(tmp_path, scale=10, past=past, primary=past)
    made.performer.perform(STORE)
    made.performer.perform(DAMAGE)
    return made


def answers(directory: Path, event: DataDamaged, *, leave_out: int = 0) -> None:
    """Let `dr restore` propose what the damage takes, but for some of it."""
    action = {DamageKind.ALTERED: "overwrite", DamageKind.DELETED: "insert"}
    named = [(id_, action.get(kind, "remove")) for kind, ids in event.damaged.items() for id_ in ids][leave_out:]
    lines = [{"head": 1}, *({"id": id_, "action": each} for id_, each in named)]
    (directory / "proposal").write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    found = {"digest": "d" * 64, "repairs": len(named), "added": 4, "kept": 0, "unknown": []}
    done = {"done": len(named), "others": [], "counts": {}}
    finished = {**found, "repairs": 0, "state": "finished"}
    said = {"plan": {**found, "proposal": str(directory / "proposal")}, "repair": done, "finish": finished}
    (directory / "answers").write_text(json.dumps(said))


def damaged(on: Stage) -> DataDamaged:
    (event,) = of_kind(on.log.events, DataDamaged)
    return event


def test_damage_is_scaled_by_what_was_stored(on: Stage, past: Past) -> None:
    assert {kind: len(ids) for kind, ids in damaged(on).damaged.items()} == {
        DamageKind.ALTERED: 10,
        DamageKind.DELETED: 6,
        DamageKind.DOUBLED: 1,
        DamageKind.ADDED: 1,
    }
    assert len(past.held) == 2_000 - 6 + 2
    assert [each.active for each in of_kind(on.log.events, FaultChange)] == [True]


def test_restore_is_told_the_moment_and_two_operators(on: Stage, past: Past, tmp_path: Path) -> None:
    answers(tmp_path, damaged(on))
    past.held = dict(past.original)
    on.performer.perform(RESTORE)
    plan, agree, repair, finish = (tmp_path / "said").read_text().splitlines()
    assert plan.startswith("restore plan --to 20")
    assert "Z --settle 0" in plan
    assert ("--operator second-operator" in agree, "--operator" in repair) == (True, False)
    assert finish.startswith("restore finish --yes --settle 0")
    (found,) = of_kind(on.log.events, DamageFound)
    assert (found.repairs, found.missed, found.unexpected, found.added) == (18, (), (), 4)
    (repaired,) = of_kind(on.log.events, DataRepaired)
    assert repaired.repairs == 18
    (checked,) = of_kind(on.log.events, RestoreChecked)
    assert (checked.left, checked.wrong) == (0, ())
    assert [each.active for each in of_kind(on.log.events, FaultChange)] == [True, False]


def test_what_the_proposal_misses_and_what_stays_damaged_is_recorded(on: Stage, past: Past, tmp_path: Path) -> None:
    event = damaged(on)
    answers(tmp_path, event, leave_out=1)
    (missed, *_) = event.damaged[DamageKind.ALTERED]
    past.held = {**past.original, missed: past.held[missed]}
    on.performer.perform(RESTORE)
    assert of_kind(on.log.events, DamageFound)[0].missed == (missed,)
    assert of_kind(on.log.events, RestoreChecked)[0].wrong == (missed,)


def test_payment_that_a_restore_changes_besides_is_recorded(on: Stage, past: Past, tmp_path: Path) -> None:
    answers(tmp_path, damaged(on))
    ids = {id_ for each in damaged(on).damaged.values() for id_ in each}
    other = next(id_ for id_ in past.original if id_ not in ids)

    past.held = dict(past.original)
    past.changes_later = other
    on.performer.perform(RESTORE)
    assert of_kind(on.log.events, RestoreChecked)[0].changed == (other,)


def test_what_is_still_damaged_is_put_back(on: Stage, past: Past) -> None:
    assert past.held != past.original
    on.performer.put_data_back()
    assert past.held == past.original
    assert [each.active for each in of_kind(on.log.events, FaultChange)] == [True, False]


def test_a_restore_that_was_begun_is_given_up(on: Stage, past: Past, tmp_path: Path) -> None:
    answers(tmp_path, damaged(on))
    (tmp_path / "proposal").unlink()
    with pytest.raises(DrillStepError, match="the proposal cannot be read"):
        on.performer.perform(RESTORE)
    on.performer.put_data_back()
    assert (tmp_path / "said").read_text().splitlines()[-1].startswith("restore finish --abandon --yes")
    assert past.held == past.original


def test_nothing_is_put_back_where_nothing_was_damaged(tmp_path: Path) -> None:
    made = stage(tmp_path)
    made.performer.put_data_back()
    assert made.log.events == []


def test_nobody_damages_without_an_administrators_rights(tmp_path: Path) -> None:
    with pytest.raises(DrillStepError, match="nobody may damage payments here"):
        stage(tmp_path).performer.perform(STORE)
