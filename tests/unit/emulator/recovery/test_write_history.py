"""A history gives the items of every moment back, whatever was written in which order."""

import random
from typing import Any

import pytest

from emulator.dynamodb.recovery.write_history import WriteHistory

NO_SORT = "sort"


class HistoryModel:
    """A table with its history, and what it held after each second."""

    def __init__(self) -> None:
        self.history = WriteHistory(100.0)
        self.items: dict[str, dict[str, Any]] = {}
        self.states: dict[float, dict[str, Any]] = {100.0: {}}

    def write(self, moment: float, key: str, item: dict[str, Any] | None) -> None:
        before = self.items.get(key, {}).get(NO_SORT)
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = {NO_SORT: item}
        self.history.wrote(moment, key, NO_SORT, before)
        self.states[moment] = {each: stored[NO_SORT] for each, stored in self.items.items()}

    def at(self, moment: float) -> dict[str, Any]:
        return {key: item for key, _, item in self.history.items_at(moment, self.items)}


@pytest.mark.parametrize("seed", range(20))
def test_every_moment_is_given_back(seed: int) -> None:
    model, draws = HistoryModel(), random.Random(seed)  # noqa: S311 — repeatable, no secret
    for number in range(200):
        item = None if draws.random() < 0.3 else {"n": number}
        model.write(101.0 + number, f"key-{draws.randrange(20)}", item)
    for moment, state in model.states.items():
        assert model.at(moment) == state
        assert model.at(moment + 0.5) == state


def test_item_of_before_the_history_is_given_back() -> None:
    model = HistoryModel()
    model.items["old"] = {NO_SORT: {"n": 0}}
    model.write(101, "old", None)
    assert (model.at(100), model.at(101)) == ({"old": {"n": 0}}, {})


def test_clock_that_goes_back_does_not_mix_the_order_up() -> None:
    model = HistoryModel()
    model.write(105, "a", {"n": 1})
    model.write(103, "a", {"n": 2})
    assert (model.at(104), model.at(105)) == ({}, {"a": {"n": 2}})


def test_what_is_forgotten_is_no_longer_kept() -> None:
    model = HistoryModel()
    for number in range(10):
        model.write(101 + number, "a", {"n": number})
    model.history.forget_before(106)
    assert len(model.history) == 5
    assert model.at(107) == {"a": {"n": 6}}


def test_history_keeps_replaced_items_themselves() -> None:
    model = HistoryModel()
    first = {"n": 1}
    model.write(101, "a", first)
    model.write(102, "a", {"n": 2})
    assert model.at(101)["a"] is first
