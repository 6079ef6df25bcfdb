"""What a release moves in one region: the functions' aliases and the API's stage."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement

from contract.environment import Function
from contract.names import regional_name
from contract.releases import LIVE_ALIAS, STAGE_NAME
from dr_constructs.api.payment_api import PaymentApi
from dr_constructs.policies import allow
from dr_constructs.region import Region


@dataclass(frozen=True)
class ReleaseTarget:
    """Names one region's functions and API; by names, since what moves a function cannot depend on it."""

    region: Region
    account_id: str
    suffix: str
    api: PaymentApi

    @property
    def function_names(self) -> dict[str, str]:
        """The functions' names by function."""
        return {function: regional_name(function, self.region.name, self.suffix) for function in Function}

    def live_arn(self, function: Function) -> str:
        """Return the ARN of the alias that traffic reaches a function by."""
        return (
            f"arn:aws:lambda:{self.region.name}:{self.account_id}:function:{self.function_names[function]}:{LIVE_ALIAS}"
        )

    def moving_statements(self) -> list[DataAwsIamPolicyDocumentStatement]:
        """Return what moving the aliases and the stage takes."""
        functions = [
            f"arn:aws:lambda:{self.region.name}:{self.account_id}:function:{name}"
            for name in self.function_names.values()
        ]
        # AWS documents neither form as the one that an alias's actions are checked on: both, and no other alias.
        aliases = [f"{function}:{LIVE_ALIAS}" for function in functions]
        # The stage by its name: by its attribute, the ticker would be made and changed after the other region's API.
        stage = f"arn:aws:apigateway:{self.region.name}::/restapis/{self.api.rest_api.id}/stages/{STAGE_NAME}"
        return [
            allow(["lambda:GetAlias", "lambda:UpdateAlias"], [*functions, *aliases]),
            allow(["apigateway:GET", "apigateway:PATCH"], [stage]),
        ]


def release_targets(targets: Iterable[ReleaseTarget]) -> str:
    """Return both regions' targets as `Variable.RELEASE_TARGETS` holds them."""
    document = {
        target.region.name: {"functions": target.function_names, "api": target.api.rest_api.id} for target in targets
    }
    return json.dumps(document, separators=(",", ":"))
