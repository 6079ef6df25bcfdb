"""Compares two versions by the same canary payments: what they answer, what they store, what each reads of the other.

Ids and times differ by nature and are taken out. An answer may differ only where the release declares it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from contract.releases import ChangedAnswer
from operations.release.canary import CanaryAnswer
from operations.release.canary_requests import CanaryCase, replays

_VARYING_HEADERS = {"x-correlation-id"}
_VARYING = {"storedAt", "requestId", "correlationId", "timestamp"}
_CREATED, _REPLAYED, _SERVER_ERROR, _UNAVAILABLE = 201, 200, 500, 503
_SHOWN = 400
_ENOUGH = 4
"""So many differences end a comparison: each answer of a version that crashes at start takes seconds."""


class Canary(Protocol):
    """What a comparison asks."""

    def ask(self, version: str, case: CanaryCase, transaction_id: str) -> CanaryAnswer:
        """Send a case to a version."""

    def stored(self, transaction_id: str) -> Mapping[str, Any] | None:
        """Read what is stored under an id."""

    def delete(self, transaction_id: str) -> None:
        """Delete what is stored under an id."""


@dataclass(frozen=True)
class AnswerDifference:
    """One case in which two versions differ."""

    case: str
    what: str
    fails: bool = False
    """Whether the new version ended with an error or a status from 500 on."""
    crashes: bool = False
    """Whether that was none of which it says itself that it will pass (503)."""

    def __str__(self) -> str:
        return f"{self.case}: {self.what}"


@dataclass(frozen=True)
class CanaryComparison:
    """What a comparison came to."""

    cases: int
    differences: tuple[AnswerDifference, ...]

    @property
    def problem(self) -> str:
        """Return in one line what speaks against the new version; an empty text if nothing does."""
        first = "; ".join(map(str, self.differences[:3]))
        more = len(self.differences) - 3
        return f"{first}{f'; and {more} more' if more > 0 else ''}"


def compare_versions(
    canary: Canary, old: str, new: str, cases: Sequence[CanaryCase], *, declared: Iterable[ChangedAnswer] = ()
) -> CanaryComparison:
    """Send the cases to both versions and return in what they differ; nothing of it is left in the table.

    Raises:
        ClientError, BotoCoreError: The canary function or its table was not reached.
    """
    run = _Comparison(canary, old, new, {each.case for each in declared})
    try:
        return run.compared(cases)
    finally:
        run.clear()


class _Comparison:
    def __init__(self, canary: Canary, old: str, new: str, declared: set[str]) -> None:
        self._canary, self._old, self._new, self._declared = canary, old, new, declared
        self._run = uuid4().hex[:12]
        self._used: set[str] = set()
        self._found: list[AnswerDifference] = []

    def compared(self, cases: Sequence[CanaryCase]) -> CanaryComparison:
        stored: dict[str, str] = {}
        for case in cases:
            old, new = (self._ask(version, case, self._id(version, case.about)) for version in (self._old, self._new))
            self._compare(case, old, new)
            if len(self._found) >= _ENOUGH:
                return CanaryComparison(len(cases), tuple(self._found))
            if case.method == "POST" and case.about:
                self._compare_items(case, old, new)
            if case.name.startswith("store-") and case.body is not None:
                stored[case.about] = case.body
                self._require_stored(case, old)
        again = replays(stored)
        for case in again:  # each is asked for what the other has stored: a release may also have to be put back
            crossed = (
                self._ask(self._old, case, self._id(self._new, case.about)),
                self._ask(self._new, case, self._id(self._old, case.about)),
            )
            self._compare(case, *crossed)
        return CanaryComparison(len(cases) + len(again), tuple(self._found))

    def clear(self) -> None:
        """Delete what was stored; what cannot be deleted lies in a table that nothing else reads."""
        for transaction_id in self._used:
            with suppress(BotoCoreError, ClientError):
                self._canary.delete(transaction_id)

    def _ask(self, version: str, case: CanaryCase, transaction_id: str) -> CanaryAnswer:
        answer = self._canary.ask(version, case, transaction_id)
        return CanaryAnswer(
            answer.status,
            {name.lower(): text for name, text in answer.headers.items() if name.lower() not in _VARYING_HEADERS},
            _without_varying(answer.body, transaction_id),
            answer.error,
        )

    def _compare(self, case: CanaryCase, old: CanaryAnswer, new: CanaryAnswer) -> None:
        """Note a difference; only an answer may be declared, and none that is an error."""
        if old == new or (case.name in self._declared and not _fails(new)):
            return
        what = f"the version before answers {_told(old)}, the new one {_told(new)}"
        fails = _fails(new)
        self._found.append(AnswerDifference(case.name, what, fails, fails and new.status != _UNAVAILABLE))

    def _compare_items(self, case: CanaryCase, *answers: CanaryAnswer) -> None:
        old, new = (self._item(self._id(version, case.about)) for version in (self._old, self._new))
        old_took, new_took = (answer.status in {_CREATED, _REPLAYED} for answer in answers)
        if case.name in self._declared and old_took and not new_took and new is None:
            self._require_replayed(case)
        elif old != new and not (case.name in self._declared and new_took and not old_took and old is None):
            self._note(case, f"the version before stores {_json(old)}, the new one {_json(new)}")

    def _require_replayed(self, case: CanaryCase) -> None:
        """Require that what is refused on purpose is still replayed where the version before has stored it."""
        again = self._ask(self._new, case, self._id(self._old, case.about))
        if again.status != _REPLAYED:
            self._note(case, f"the version before has stored it, and the new one answers a replay {_told(again)}")

    def _require_stored(self, case: CanaryCase, old: CanaryAnswer) -> None:
        """Require that the version before stores at all: two that fail alike prove nothing."""
        if old.status not in {_CREATED, _REPLAYED} and case.about == "euro":
            self._note(case, f"the version before answers {_told(old)}, so the comparison shows nothing")

    def _item(self, transaction_id: str) -> object:
        return _without_varying(self._canary.stored(transaction_id), transaction_id)

    def _note(self, case: CanaryCase, what: str) -> None:
        self._found.append(AnswerDifference(case.name, what))

    def _id(self, version: str, about: str) -> str:
        side = "old" if version == self._old else "new"
        transaction_id = f"canary-{self._run}-{side}-{about}"[:64]
        self._used.add(transaction_id)
        return transaction_id


def _fails(answer: CanaryAnswer) -> bool:
    return bool(answer.error) or answer.status >= _SERVER_ERROR


def _without_varying(value: object, transaction_id: str) -> object:
    match value:
        case dict():
            return {
                name: _without_varying(each, transaction_id) for name, each in value.items() if name not in _VARYING
            }
        case list():
            return [_without_varying(each, transaction_id) for each in value]
        case str():
            return value.replace(transaction_id, "<id>")
        case _:
            return value


def _told(answer: CanaryAnswer) -> str:
    return f"with {answer.error}" if answer.error else f"{answer.status} {_json(answer.body)}"


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
