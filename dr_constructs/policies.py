"""Policy documents without repetition: who may assume a role, and statements with their conditions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from contract.events import EVENT_SOURCE
from dr_constructs.region import Region


def allow(
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    when: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> DataAwsIamPolicyDocumentStatement:
    """Return a statement that allows `actions` on `resources`, `when` {(operator, key): values} hold."""
    return DataAwsIamPolicyDocumentStatement(
        actions=list(actions), resources=list(resources), condition=conditions(when or {}) or None
    )


def conditions(
    when: Mapping[tuple[str, str], Sequence[str]],
) -> list[DataAwsIamPolicyDocumentStatementCondition]:
    """Return the conditions of a statement from {(operator, key): values}."""
    return [
        DataAwsIamPolicyDocumentStatementCondition(test=operator, variable=key, values=list(values))
        for (operator, key), values in when.items()
    ]


def allow_items(actions: Sequence[str], table_arn: str, *keys: str) -> DataAwsIamPolicyDocumentStatement:
    """Return a statement that allows single-item `actions` on the partition keys `keys` (`*` as wildcard) only."""
    return allow(
        [f"dynamodb:{action}" for action in actions],
        [table_arn],
        when={("ForAllValues:StringLike", "dynamodb:LeadingKeys"): keys},
    )


def allow_own_events(region: str, account_id: str) -> DataAwsIamPolicyDocumentStatement:
    """Return a statement that allows events of this project's source, and no other, on one region's default bus."""
    return allow(
        ["events:PutEvents"],
        [f"arn:aws:events:{region}:{account_id}:event-bus/default"],
        when={("ForAllValues:StringEquals", "events:source"): [EVENT_SOURCE]},
    )


def merged(statements: Iterable[DataAwsIamPolicyDocumentStatement]) -> list[DataAwsIamPolicyDocumentStatement]:
    """Return fewer statements that allow the same: those on one resource, or with the same actions, become one.

    cdktf may have two tokens for one ARN, which then stays twice.
    IAM limits the inline policies of a role to 10,240 characters together.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    found: dict[str, dict[str, dict[str, None]]] = {}  # by conditions and resource: the actions, in their order
    found_conditions: dict[str, list[DataAwsIamPolicyDocumentStatementCondition]] = {}
    for each in statements:
        under = cast("list[DataAwsIamPolicyDocumentStatementCondition]", each.condition or [])
        key = str([(one.test, one.variable, one.values) for one in under])
        found_conditions[key] = under
        for resource in each.resources or []:
            found.setdefault(key, {}).setdefault(resource, {}).update(dict.fromkeys(each.actions or []))
    merged = []
    for key, by_resource in found.items():
        by_actions: dict[tuple[str, ...], list[str]] = {}
        for resource, actions in by_resource.items():
            by_actions.setdefault(tuple(sorted(actions)), []).append(resource)
        merged += [
            DataAwsIamPolicyDocumentStatement(
                actions=list(actions), resources=resources, condition=found_conditions[key] or None
            )
            for actions, resources in by_actions.items()
        ]
    return merged


def assumed_by(
    scope: Construct,
    id_: str,
    *,
    region: Region,
    principal_type: str,
    identifiers: Sequence[str],
    actions: Sequence[str] = ("sts:AssumeRole",),
    when: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> DataAwsIamPolicyDocument:
    """Return the trust policy that lets the principals assume a role, `when` {(operator, key): values} hold."""
    return DataAwsIamPolicyDocument(
        scope,
        id_,
        provider=region.provider,
        statement=[
            DataAwsIamPolicyDocumentStatement(
                actions=list(actions),
                principals=[
                    DataAwsIamPolicyDocumentStatementPrincipals(type=principal_type, identifiers=list(identifiers))
                ],
                condition=conditions(when or {}) or None,
            )
        ],
    )


def assumed_by_service(
    scope: Construct, id_: str, *, region: Region, service: str, source_arn: str | None = None
) -> DataAwsIamPolicyDocument:
    """Return the trust policy that lets a service assume a role for its own account's resources alone.

    With `source_arn`, of a service that AWS documents to name it, for this resource alone. Of the other services AWS
    documents no key in trust policies (FACTS 15.1): a source account that they name must be this one, and none named is
    no reason to keep them out, which would stop functions and replication.
    """
    if region.account_id is None:
        raise ValueError(f"`region` must tell its account for the trust policy of {service}, got none")
    account = [region.account_id]
    if source_arn is None:
        when = {("StringEqualsIfExists", "aws:SourceAccount"): account}
    else:
        when = {("StringEquals", "aws:SourceAccount"): account, ("ArnEquals", "aws:SourceArn"): [source_arn]}
    return assumed_by(scope, id_, region=region, principal_type="Service", identifiers=[service], when=when)


class ServiceRole(Construct):
    """A role that one AWS service assumes, with one inline policy; the policy goes when the role goes."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        name: str,
        service: str,
        statements: Sequence[DataAwsIamPolicyDocumentStatement],
        source_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        trust = assumed_by_service(self, "trust", region=region, service=service, source_arn=source_arn)
        self.role = IamRole(
            self, "role", provider=region.provider, name=name, assume_role_policy=trust.json, force_detach_policies=True
        )
        document = DataAwsIamPolicyDocument(self, "permissions", provider=region.provider, statement=list(statements))
        self.policy = IamRolePolicy(
            self, "policy", provider=region.provider, name="permissions", role=self.role.id, policy=document.json
        )


@dataclass(frozen=True)
class OperatorTrust:
    """Who may assume an operator's role: those named, or whoever the account's own policies allow to, and how."""

    principal_arns: Sequence[str]
    mfa: bool = False
    source_identity: bool = False

    @property
    def actions(self) -> list[str]:
        """The actions that assuming the role takes."""
        return ["sts:AssumeRole", *(["sts:SetSourceIdentity"] if self.source_identity else [])]

    @property
    def conditions(self) -> dict[tuple[str, str], Sequence[str]]:
        """What must hold in the request."""
        found: dict[tuple[str, str], Sequence[str]] = {}
        if self.mfa:
            found["Bool", "aws:MultiFactorAuthPresent"] = ["true"]
        if self.source_identity:
            found["StringLike", "sts:SourceIdentity"] = ["?*"]
        return found


class OperatorRole(Construct):
    """A role that people and schedulers assume."""

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, name: str, account_id: str, trusted: OperatorTrust
    ) -> None:
        super().__init__(scope, id_)
        identifiers = list(trusted.principal_arns) or [f"arn:aws:iam::{account_id}:root"]
        trust = assumed_by(
            self,
            "trust",
            region=region,
            principal_type="AWS",
            identifiers=identifiers,
            actions=trusted.actions,
            when=trusted.conditions,
        )
        self.role = IamRole(
            self, "role", provider=region.provider, name=name, assume_role_policy=trust.json, force_detach_policies=True
        )

    def permit(
        self, scope: Construct, *, region: Region, statements: Iterable[DataAwsIamPolicyDocumentStatement]
    ) -> None:
        """Give it its one inline policy."""
        document = DataAwsIamPolicyDocument(
            scope, "permissions", provider=region.provider, statement=merged(statements)
        )
        IamRolePolicy(
            scope, "policy", provider=region.provider, name="permissions", role=self.role.id, policy=document.json
        )


def bound_roles(scope: Construct, boundary_arn: str) -> None:
    """Give every role below `scope` a permissions boundary, wherever it is declared."""
    for each in scope.node.find_all():
        if isinstance(each, IamRole):
            each.permissions_boundary = boundary_arn
