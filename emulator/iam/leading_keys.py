# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The condition key `dynamodb:LeadingKeys`, which MiniStack leaves out: the partition keys that a request names.

With it a policy can keep a function to the items of its own prefixes, and the emulator refuses what AWS refuses.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

from emulator.patching import Theirs, wrap

CONDITION_KEY = "dynamodb:LeadingKeys"

HashKeyOf = Callable[[str, str | None], str | None]
"""Finds the name of the hash key of a table, or of one of its indexes."""

_EQUALS_VALUE = re.compile(r"(#?[\w.-]+)\s*=\s*(:\w+)")
_VALUE_EQUALS = re.compile(r"(:\w+)\s*=\s*(#?[\w.-]+)")


def leading_keys(request: Mapping[str, Theirs], hash_key_of: HashKeyOf) -> list[str]:
    """Return the partition key values that an item, query or batch request names, in order."""
    if isinstance(request.get("RequestItems"), dict):
        return [
            value
            for table, requests in request["RequestItems"].items()
            for item in _batch_items(requests)
            for value in _values(item, hash_key_of(table, None))
        ]
    table = request.get("TableName")
    if not isinstance(table, str):
        return []
    if "KeyConditionExpression" in request or "KeyConditions" in request:
        return _queried(request, hash_key_of(table, request.get("IndexName")))
    return _values(request.get("Item") or request.get("Key") or {}, hash_key_of(table, None))


def install() -> None:
    """Give MiniStack's policy evaluation the condition key."""
    wrap(iam_actions, "dynamodb_service_context", _context_with_keys)
    wrap(iam_actions, "dynamodb_transaction_checks", _checks_with_keys)
    wrap(iam_evaluator, "enforce", _enforce_keyed)


class _KeyedArn(str):
    """The table of one transaction item; AWS checks each item alone, so its keys travel with its ARN."""

    __slots__ = ("keys",)
    keys: list[str]


def _batch_items(requests: Theirs) -> Iterable[Theirs]:
    if isinstance(requests, dict):  # BatchGetItem
        yield from requests.get("Keys") or []
        return
    for request in requests if isinstance(requests, list) else []:  # BatchWriteItem
        yield (request.get("PutRequest") or {}).get("Item") or (request.get("DeleteRequest") or {}).get("Key") or {}


def _queried(request: Mapping[str, Theirs], hash_key: str | None) -> list[str]:
    legacy = (request.get("KeyConditions") or {}).get(hash_key) or {}
    if legacy:
        return [text for value in legacy.get("AttributeValueList") or [] for text in _text(value)]
    names, values = request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {}
    expression = str(request.get("KeyConditionExpression") or "")
    pairs = [*_EQUALS_VALUE.findall(expression), *((name, value) for value, name in _VALUE_EQUALS.findall(expression))]
    return [text for name, value in pairs if names.get(name, name) == hash_key for text in _text(values.get(value))]


def _values(item: Theirs, hash_key: str | None) -> list[str]:
    return _text(item.get(hash_key)) if isinstance(item, dict) and hash_key else []


def _text(value: Theirs) -> list[str]:
    """Return a key's value as policies compare it: strings, numbers and binary alike are text."""
    return [str(each) for each in value.values()] if isinstance(value, dict) else []


def _hash_key_of(table: str, index: str | None) -> str | None:
    found = dynamodb._tables.get(table.rpartition("/")[2]) or {}
    indexes = [*(found.get("GlobalSecondaryIndexes") or []), *(found.get("LocalSecondaryIndexes") or [])]
    schema = next((each["KeySchema"] for each in indexes if each.get("IndexName") == index), found.get("KeySchema"))
    return next((str(key["AttributeName"]) for key in schema or [] if key.get("KeyType") == "HASH"), None)


def _parsed(body: bytes) -> dict[str, Theirs]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}


def _context_with_keys(original: Callable[[bytes], dict[str, Theirs]]) -> Callable[[bytes], dict[str, Theirs]]:
    def context(body: bytes) -> dict[str, Theirs]:
        keys = leading_keys(_parsed(body), _hash_key_of)
        return {**original(body), **({CONDITION_KEY: keys} if keys else {})}

    return context


def _checks_with_keys(original: Callable[..., list[tuple[str, str]]]) -> Callable[..., list[tuple[str, str]]]:
    def checks(action: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
        keyed: list[tuple[str, str]] = []
        for item in _parsed(body).get("TransactItems") or []:
            alone = json.dumps({"TransactItems": [item]}).encode()
            for item_action, table in original(action, alone, region, account):
                arn = _KeyedArn(table)
                arn.keys = [key for member in item.values() for key in leading_keys(member, _hash_key_of)]
                keyed.append((item_action, arn))
        return keyed

    return checks


def _enforce_keyed(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    def enforce(
        *checked: Theirs, resource_arn: str = "*", service_context: dict[str, Theirs] | None = None, **more: Theirs
    ) -> Theirs:
        if isinstance(resource_arn, _KeyedArn):
            service_context = {**(service_context or {}), CONDITION_KEY: resource_arn.keys}
        return original(*checked, resource_arn=resource_arn, service_context=service_context, **more)

    return enforce
