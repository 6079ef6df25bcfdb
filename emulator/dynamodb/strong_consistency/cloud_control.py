# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Cloud Control makes, changes and deletes `AWS::DynamoDB::GlobalTable`; MiniStack's keeps the documents alone.

Requests are done when they are answered, as MiniStack's are; AWS's take minutes. Other types stay as they are.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, request_scope
from ministack.core.router import extract_access_key_id
from ministack.services import cloudcontrol, dynamodb

from emulator.dynamodb.strong_consistency import desired_state
from emulator.dynamodb.strong_consistency.cloud_control_requests import (
    ACTIONS,
    TYPE_NAME,
    FailedRequestError,
    Operation,
    check_rights,
    not_found,
    parsed,
    progress,
    resource_key,
)
from emulator.dynamodb.strong_consistency.desired_state import BadDesiredStateError, DesiredTable, ReplicaSettings
from emulator.dynamodb.strong_consistency.json_patch import BadPatchError, patched
from emulator.dynamodb.strong_consistency.replica_group import ReplicaState
from emulator.dynamodb.strong_consistency.tables import StrongTable, StrongTables
from emulator.patching import Answer, Theirs, wrap

Handle = Callable[..., Awaitable[Answer]]


class GlobalTables:
    """The resource type `AWS::DynamoDB::GlobalTable`."""

    def __init__(self, tables: StrongTables) -> None:
        self._tables = tables

    def install(self) -> None:
        """Take the requests about global tables over."""
        wrap(cloudcontrol, "handle_request", self._around)

    def _around(self, original: Handle) -> Handle:
        async def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Theirs) -> Answer:
            action = headers.get("x-amz-target", "").rpartition(".")[2]
            try:
                request = json.loads(body or b"{}")
            except ValueError:
                request = None
            if action not in ACTIONS or not isinstance(request, dict) or request.get("TypeName") != TYPE_NAME:
                return await original(method, path, headers, body, query)
            return self._answer(action, request, extract_access_key_id(headers, query))

        return handle

    def _answer(self, action: str, request: Mapping[str, Any], access_key: str) -> Answer:
        if action == "GetResource":
            return self._get(str(request.get("Identifier")), access_key)
        operation: Operation
        if action == "CreateResource":
            operation = "CREATE"
            document = parsed(request.get("DesiredState"))
            identifier = str(document.get("TableName")) if isinstance(document, dict) else ""
        else:
            operation = "UPDATE" if action == "UpdateResource" else "DELETE"
            identifier = str(request.get("Identifier"))
            document = self._document(identifier)
            if document is None:
                return not_found(identifier)
        try:
            check_rights(action, identifier, access_key)
            properties = self._do(operation, identifier, document, request)
        except FailedRequestError as error:
            return progress(operation, identifier, failure=error)
        return progress(operation, identifier, properties=properties)

    def _do(
        self, operation: Operation, identifier: str, document: object, request: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        match operation:
            case "CREATE":
                return self._create(document)
            case "UPDATE":
                return self._update(identifier, document, parsed(request.get("PatchDocument")))
            case _:
                self._delete(identifier)
                return None

    def _create(self, document: object) -> dict[str, Any]:
        desired = _read(document)
        account = get_account_id()
        existing = [
            each for each in desired.members.replicas if dynamodb._tables.contains_scoped(account, each, desired.name)
        ]
        if existing:
            raise FailedRequestError("AlreadyExists", f"Table {desired.name} exists already in {', '.join(existing)}.")
        status, _, body = dynamodb._create_table(dict(desired.create_table))
        if status >= 400:  # noqa: PLR2004 — where HTTP's errors begin
            raise FailedRequestError("InvalidRequest", str(json.loads(body).get("message")))
        table = self._tables.create(desired.name, desired.members)
        unwell = [each for each in table.members.replicas if table.group.state(each) is not ReplicaState.CURRENT]
        if unwell:
            self._tables.end(table, delete_in=table.members.replicas)
            raise FailedRequestError("ServiceInternalError", f"DynamoDB is not reached in {', '.join(unwell)}.")
        for replica in desired.replicas:
            _set_up(table, replica)
        return self._keep(desired.name, document)

    def _update(self, identifier: str, document: object, patch: object) -> dict[str, Any]:
        try:
            changed = patched(document if isinstance(document, dict) else {}, patch)
        except BadPatchError as error:
            raise FailedRequestError("InvalidRequest", str(error)) from None
        before, after = _read(document), _read(changed)
        if (before.name, before.members, before.create_table) != (after.name, after.members, after.create_table):
            raise FailedRequestError("NotUpdatable", "Only a replica's recovery, protection and tags can be changed.")
        for replica in after.replicas:
            _set_up(self._table(identifier), replica)
        return self._keep(identifier, changed)

    def _delete(self, identifier: str) -> None:
        table = self._table(identifier)
        if protected := self._tables.protected_in(table):
            raise FailedRequestError("ResourceConflict", f"Table {identifier} is protected in {', '.join(protected)}.")
        self._tables.end(table, delete_in=table.members.replicas)
        del cloudcontrol._resources[resource_key(identifier)]

    def _get(self, identifier: str, access_key: str) -> Answer:
        document = self._document(identifier)
        if document is None:
            return not_found(identifier)
        try:
            check_rights("GetResource", identifier, access_key)
        except FailedRequestError as error:
            refused: Answer = error_response_json("AccessDeniedException", str(error), 400)
            return refused
        description = {"Identifier": identifier, "Properties": json.dumps(_properties(identifier, document))}
        answer: Answer = json_response({"TypeName": TYPE_NAME, "ResourceDescription": description})
        return answer

    def _document(self, identifier: str) -> dict[str, Any] | None:
        """Return the document of a table that Cloud Control has made and that is there."""
        kept = cloudcontrol._resources.get(resource_key(identifier))
        if kept is None or self._tables.find(identifier) is None:
            return None
        document: dict[str, Any] = kept["Document"]
        return document

    def _table(self, identifier: str) -> StrongTable:
        table = self._tables.find(identifier)
        if table is None:
            raise FailedRequestError("NotFound", f"Table {identifier} is not there.")
        return table

    @staticmethod
    def _keep(identifier: str, document: object) -> dict[str, Any]:
        """Keep a document where MiniStack looks when it lists resources; return it with what is read only."""
        kept = dict(document) if isinstance(document, dict) else {}
        properties = _properties(identifier, kept)
        entry = {"TypeName": TYPE_NAME, "Identifier": identifier, "Properties": json.dumps(properties)}
        cloudcontrol._resources[resource_key(identifier)] = {**entry, "Document": kept}
        return properties


def _read(document: object) -> DesiredTable:
    if not isinstance(document, dict):
        raise FailedRequestError("InvalidRequest", "DesiredState must be a JSON object.")
    try:
        return desired_state.read(document, region=get_region())
    except BadDesiredStateError as error:
        raise FailedRequestError("InvalidRequest", str(error)) from None


def _set_up(table: StrongTable, replica: ReplicaSettings) -> None:
    """Give one replica its settings, and its own key and tags."""
    with request_scope(table.account, replica.region):
        stored = dynamodb._tables[table.name]
        stored["DeletionProtectionEnabled"] = replica.deletion_protection
        if stored.get("SSEDescription"):
            stored["SSEDescription"] = dynamodb._sse_description_from_spec({"Enabled": True})
        recovery = {"PointInTimeRecoveryEnabled": replica.point_in_time_recovery}
        dynamodb._update_continuous_backups({"TableName": table.name, "PointInTimeRecoverySpecification": recovery})
        dynamodb._tags[stored["TableArn"]] = [{"Key": key, "Value": value} for key, value in replica.tags]


def _properties(identifier: str, document: Mapping[str, Any]) -> dict[str, Any]:
    stored = dynamodb._tables[identifier]
    return {**document, "Arn": stored["TableArn"], "TableId": stored["TableId"]}
