"""Policy documents without repetition: who may assume a role, and statements with their conditions."""

from collections.abc import Iterable, Mapping, Sequence
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

from dr_constructs.region import Region


def allow(
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    when: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> DataAwsIamPolicyDocumentStatement:
    """Return a statement that allows `actions` on `resources`, `when` {(operator, key): values} hold."""
    conditions = [
        DataAwsIamPolicyDocumentStatementCondition(test=operator, variable=key, values=list(values))
        for (operator, key), values in (when or {}).items()
    ]
    return DataAwsIamPolicyDocumentStatement(
        actions=list(actions), resources=list(resources), condition=conditions or None
    )


def allow_items(actions: Sequence[str], table_arn: str, *keys: str) -> DataAwsIamPolicyDocumentStatement:
    """Return a statement that allows single-item `actions` on the partition keys `keys` (`*` as wildcard) only."""
    return allow(
        [f"dynamodb:{action}" for action in actions],
        [table_arn],
        when={("ForAllValues:StringLike", "dynamodb:LeadingKeys"): keys},
    )


def merged(statements: Iterable[DataAwsIamPolicyDocumentStatement]) -> list[DataAwsIamPolicyDocumentStatement]:
    """Return fewer statements that allow the same: those on one resource, or with the same actions, become one.

    cdktf may have two tokens for one ARN, which then stays twice.
    IAM limits the inline policies of a role to 10,240 characters together.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    found: dict[str, dict[str, dict[str, None]]] = {}  # by conditions and resource: the actions, in their order
    conditions: dict[str, list[DataAwsIamPolicyDocumentStatementCondition]] = {}
    for each in statements:
        under = cast("list[DataAwsIamPolicyDocumentStatementCondition]", each.condition or [])
        key = str([(one.test, one.variable, one.values) for one in under])
        conditions[key] = under
        for resource in each.resources or []:
            found.setdefault(key, {}).setdefault(resource, {}).update(dict.fromkeys(each.actions or []))
    merged = []
    for key, by_resource in found.items():
        by_actions: dict[tuple[str, ...], list[str]] = {}
        for resource, actions in by_resource.items():
            by_actions.setdefault(tuple(sorted(actions)), []).append(resource)
        merged += [
            DataAwsIamPolicyDocumentStatement(
                actions=list(actions), resources=resources, condition=conditions[key] or None
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
) -> DataAwsIamPolicyDocument:
    """Return the trust policy that lets the principals assume a role."""
    return DataAwsIamPolicyDocument(
        scope,
        id_,
        provider=region.provider,
        statement=[
            DataAwsIamPolicyDocumentStatement(
                actions=["sts:AssumeRole"],
                principals=[
                    DataAwsIamPolicyDocumentStatementPrincipals(type=principal_type, identifiers=list(identifiers))
                ],
            )
        ],
    )


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
    ) -> None:
        super().__init__(scope, id_)
        trust = assumed_by(self, "trust", region=region, principal_type="Service", identifiers=[service])
        self.role = IamRole(
            self, "role", provider=region.provider, name=name, assume_role_policy=trust.json, force_detach_policies=True
        )
        document = DataAwsIamPolicyDocument(self, "permissions", provider=region.provider, statement=list(statements))
        self.policy = IamRolePolicy(
            self, "policy", provider=region.provider, name="permissions", role=self.role.id, policy=document.json
        )


class OperatorRole(Construct):
    """A role that people and schedulers assume: those named, or whoever the account's own policies allow to."""

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, name: str, account_id: str, principal_arns: Sequence[str]
    ) -> None:
        super().__init__(scope, id_)
        identifiers = list(principal_arns) or [f"arn:aws:iam::{account_id}:root"]
        trust = assumed_by(self, "trust", region=region, principal_type="AWS", identifiers=identifiers)
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
