"""Which aliases and versions Lambda's API takes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.core.responses import request_scope
from ministack.services import lambda_svc

from emulator.functions.alias_rules import checked_when_updated, refusal_of
from emulator.functions.retired_workers import without_abandoned
from emulator.functions.versions import in_pages_of_versions, keeping_latest, published, with_code

ACCOUNT, REGION, NAME = "000000000000", "us-east-2", "pay"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"


def function() -> dict[str, Any]:
    def configuration(version: str, role: str = "one") -> dict[str, Any]:
        return {"FunctionName": NAME, "FunctionArn": ARN, "Version": version, "Role": role, "CodeSha256": "first"}

    return {
        "config": {**configuration("$LATEST"), "RevisionId": "r"},
        "versions": {
            number: {"config": configuration(number, role)}
            for number, role in (("1", "one"), ("2", "one"), ("3", "three"))
        },
        "next_version": 4,
        "aliases": {},
    }


@pytest.fixture
def stored() -> Iterator[dict[str, Any]]:
    made = function()
    with request_scope(ACCOUNT, REGION):
        lambda_svc._functions[NAME] = made
        yield made
    lambda_svc._functions._data.clear()


def refused(main: str, **weights: float) -> tuple[int, str] | None:
    routing = {"AdditionalVersionWeights": {version.removeprefix("v"): weight for version, weight in weights.items()}}
    answer = refusal_of(function(), NAME, {"FunctionVersion": main, "RoutingConfig": routing})
    return (answer[0], json.loads(answer[2])["message"]) if answer else None


class TestAlias:
    """Where an alias may point."""

    def test_one_version_or_two(self) -> None:
        assert refused("1") is None
        assert refused("1", v2=0.01) is None
        assert refused("$LATEST") is None

    def test_unknown_version_is_not_found(self) -> None:
        assert refused("9") == (404, f"Function not found: {ARN.replace(REGION, 'us-east-1')}:9")

    @pytest.mark.parametrize(
        ("main", "weights", "told"),
        [
            ("1", {"v2": 0.1, "v3": 0.1}, "greater than 1"),
            ("1", {"v2": 1.5}, "between 0.0 and 1.0"),
            ("1", {"v1": 0.5}, "already included"),
            ("$LATEST", {"v1": 0.5}, r"$LATEST is not supported"),
            ("1", {"v3": 0.5}, "same execution role"),
        ],
    )
    def test_wrong_weights_are_refused(self, main: str, weights: dict[str, float], told: str) -> None:
        answer = refused(main, **weights)
        assert answer is not None
        assert answer[0] == 400
        assert told in answer[1]


class TestPublishing:
    """What `PublishVersion` makes."""

    def test_nothing_new_is_the_version_there_is(self, stored: dict[str, Any]) -> None:
        publish = published(lambda_svc._publish_version)
        stored["config"]["Role"] = "three"
        assert json.loads(publish(NAME, {})[2])["Version"] == "3"

    def test_new_code_is_a_version_with_an_arn_of_its_own(self, stored: dict[str, Any]) -> None:
        stored["config"]["CodeSha256"] = "second"
        publish = published(lambda_svc._publish_version)
        first, again = (json.loads(publish(NAME, {})[2]) for _ in range(2))
        assert (first["Version"], first["FunctionArn"]) == ("4", f"{ARN}:4")
        assert again == first


class IdleWorker:
    """A worker that nobody uses."""

    in_use, last_used = False, 0.0


def test_version_that_no_alias_leads_to_keeps_no_worker(
    stored: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored["aliases"] = {"live": {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}}
    pools = {f"{ACCOUNT}:{REGION}:{NAME}:{version}": [IdleWorker()] for version in ("$LATEST", "1", "2", "3")}
    killed: list[Any] = []
    monkeypatch.setattr(lambda_runtime, "_workers", pools)
    monkeypatch.setattr(lambda_runtime, "kill_workers", killed.extend)
    without_abandoned(lambda _: 0)(300)
    assert [key for key, workers in pools.items() if not workers] == [f"{ACCOUNT}:{REGION}:{NAME}:3"]
    assert len(killed) == 1


class TestRequests:
    """Requests that MiniStack takes for others, or answers with less than a version."""

    def test_latest_is_deleted_with_its_function_alone(self, stored: dict[str, Any]) -> None:
        status, _, body = keeping_latest(lambda_svc._delete_function)(NAME, {"Qualifier": ["$LATEST"]})
        assert (status, json.loads(body)["__type"]) == (400, "InvalidParameterValueException")
        assert NAME in lambda_svc._functions

    def test_version_in_use_is_kept(self, stored: dict[str, Any]) -> None:
        stored["aliases"] = {"live": {"FunctionVersion": "1"}}
        delete = keeping_latest(lambda_svc._delete_function)
        assert [delete(NAME, {"Qualifier": [version]})[0] for version in ("1", "2")] == [409, 204]
        assert list(stored["versions"]) == ["1", "3"]

    def test_version_published_with_its_code_has_an_arn_of_its_own(self, stored: dict[str, Any]) -> None:
        def update(_: str, __: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
            stored["versions"]["4"] = {"config": {**stored["config"], "Version": "4"}}
            return 200, {}, b""

        with_code(update)(NAME, {"Publish": True})
        assert stored["versions"]["4"]["config"]["FunctionArn"] == f"{ARN}:4"
        assert json.loads(published(lambda_svc._publish_version)(NAME, {})[2])["Version"] == "4"

    def test_page_holds_fifty_versions_at_most(self, stored: dict[str, Any]) -> None:
        stored["versions"] = {str(number): {"config": {"Version": str(number)}} for number in range(1, 61)}
        answer = json.loads(in_pages_of_versions(lambda_svc._list_versions)(NAME, {"MaxItems": "10000"})[2])
        assert (len(answer["Versions"]), answer["NextMarker"]) == (50, "49")

    def test_stale_revision_comes_before_all_else(self, stored: dict[str, Any]) -> None:
        stored["aliases"] = {"live": {"Name": "live", "FunctionVersion": "1", "RevisionId": "new"}}
        update = checked_when_updated(lambda_svc._update_alias)
        status, _, body = update(NAME, "live", {"FunctionVersion": "9", "RevisionId": "old"})
        assert (status, json.loads(body)["__type"]) == (412, "PreconditionFailedException")
        assert update(NAME, "live", {"FunctionVersion": "9", "RevisionId": "new"})[0] == 404
        moved = json.loads(update(NAME, "live", {"FunctionVersion": "2", "RevisionId": "new"})[2])
        assert (moved["FunctionVersion"], moved["RevisionId"] != "new") == ("2", True)
