"""The documented shape of events, and that it is what the code makes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from contract.events import EVENT_SOURCE, EVENT_VERSION, EventType, event_entry
from operations.plans.plan import Purpose

DOCS = Path(__file__).resolve().parents[3] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "events.schema.json").read_text(encoding="utf-8"))
DETAIL = SCHEMA["properties"]["detail"]


def test_schema_names_the_kinds_of_events() -> None:
    assert SCHEMA["properties"]["detail-type"]["enum"] == [kind.value for kind in EventType]
    assert SCHEMA["properties"]["source"]["const"] == EVENT_SOURCE


def test_schema_names_the_purposes_of_moves() -> None:
    assert DETAIL["properties"]["purpose"]["enum"] == list(Purpose)


@pytest.mark.parametrize("kind", EventType)
def test_schema_says_what_each_kind_needs(kind: EventType) -> None:
    rules = [rule["if"]["properties"]["detail-type"] for rule in SCHEMA["allOf"]]
    assert sum(kind.value in rule.get("enum", [rule.get("const")]) for rule in rules) == 1


def test_page_lists_each_kind() -> None:
    rows = re.findall(r"^\| `([A-Z][\w ]+)` \|", (DOCS / "events.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [kind.value for kind in EventType]


def test_entry_holds_what_every_event_has() -> None:
    told = event_entry(
        EventType.MOVE_BEGUN, environment="dev", at="2026-01-31T11:40:00.000Z", by="ann", reason="x", purpose="stop"
    )
    detail = json.loads(told["Detail"])
    assert (told["Source"], told["DetailType"], detail["version"]) == ("payments.dr", "Move Begun", EVENT_VERSION)
    assert set(detail) == {*DETAIL["required"], "purpose"}


def test_member_that_is_not_known_is_left_out() -> None:
    told = event_entry(EventType.MOVE_ENDED, environment="dev", at="", by="", reason="", outcome=None)
    assert "outcome" not in json.loads(told["Detail"])
