"""Policy documents without repetition: who may assume a role, and statements with their conditions."""

from collections.abc import Mapping, Sequence

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
