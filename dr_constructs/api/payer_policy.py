"""Who may pay: the resource policy of a REST API that names its payers."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.api_gateway_rest_api import ApiGatewayRestApi
from cdktf_cdktf_provider_aws.api_gateway_rest_api_policy import ApiGatewayRestApiPolicy
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from constructs import Construct

from contract.releases import STAGE_NAME
from dr_constructs.api.api_definition import ROUTES
from dr_constructs.policies import conditions
from dr_constructs.region import Region

_INVOKE = "execute-api:Invoke"
_ROOT = ":root"


class PayerPolicy(Construct):
    """Lets the named principals, and nobody else, use the payment routes; probe routes stay open to everybody.

    Callers of other accounts need this policy beside their own. In the API's own account an identity's policy is enough
    to be let in, so everybody who is not named is denied: an allowance alone would add payers and keep none out.
    """

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, rest_api: ApiGatewayRestApi, principal_arns: Sequence[str]
    ) -> None:
        super().__init__(scope, id_)
        probes = [_resource(rest_api, each.method, each.path) for each in ROUTES if each.probe]
        payments = [_resource(rest_api, each.method, each.path) for each in ROUTES if not each.probe]
        document = DataAwsIamPolicyDocument(
            self,
            "document",
            provider=region.provider,
            statement=[
                _statement("Allow", ["*"], probes),
                _statement("Allow", list(principal_arns), payments),
                _statement("Deny", ["*"], payments, when=_not_among(principal_arns)),
            ],
        )
        self.policy = ApiGatewayRestApiPolicy(
            self, "policy", provider=region.provider, rest_api_id=rest_api.id, policy=document.json
        )


def _not_among(principal_arns: Sequence[str]) -> dict[tuple[str, str], Sequence[str]]:
    """Return the conditions that hold for whoever is not named; a request without a signature has neither key."""
    accounts = [arn.split(":")[4] for arn in principal_arns if arn.endswith(_ROOT)]
    identities = [arn for arn in principal_arns if not arn.endswith(_ROOT)]
    named = {("ArnNotEquals", "aws:PrincipalArn"): identities, ("StringNotEquals", "aws:PrincipalAccount"): accounts}
    return {key: values for key, values in named.items() if values}


def _statement(
    effect: str,
    principals: list[str],
    resources: list[str],
    *,
    when: dict[tuple[str, str], Sequence[str]] | None = None,
) -> DataAwsIamPolicyDocumentStatement:
    return DataAwsIamPolicyDocumentStatement(
        effect=effect,
        # Everybody, and not every AWS principal: with the latter API Gateway refuses what is not signed.
        principals=[
            DataAwsIamPolicyDocumentStatementPrincipals(
                type="*" if principals == ["*"] else "AWS", identifiers=principals
            )
        ],
        actions=[_INVOKE],
        resources=resources,
        condition=conditions(when or {}) or None,
    )


def _resource(rest_api: ApiGatewayRestApi, method: str, path: str) -> str:
    fixed, parameter, _ = path.partition("{")
    return f"{rest_api.execution_arn}/{STAGE_NAME}/{method}{fixed}{'*' if parameter else ''}"
