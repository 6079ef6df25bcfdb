"""Lets API Gateway write logs: one setting per account and region, shared by every API there (FACTS 3.8)."""

from cdktf_cdktf_provider_aws.api_gateway_account import ApiGatewayAccount
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from contract.names import regional_name
from dr_constructs.policies import assumed_by_service
from dr_constructs.region import Region

# AWS's own policy for this: API Gateway refuses a role without it, and the log groups are those of every API in the
# region, so a narrower one would break the other APIs of the account.
PUSH_TO_LOGS = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


class ApiGatewayLogging(Construct):
    """The region's logging role; leave it out where somebody else manages the account's setting."""

    def __init__(self, scope: Construct, id_: str, *, region: Region, suffix: str) -> None:
        super().__init__(scope, id_)
        role, attachment = self._build_role(region, suffix)
        self.account = ApiGatewayAccount(
            self,
            "account",
            provider=region.provider,
            cloudwatch_role_arn=role.arn,
            depends_on=[attachment],  # API Gateway tries the role before it accepts it
        )
        # Provider 5 would leave the account pointing to a role that is gone; provider 6 always resets it, and its
        # bindings have no such argument.
        if hasattr(self.account, "reset_on_delete"):
            self.account.reset_on_delete = True

    def _build_role(self, region: Region, suffix: str) -> tuple[IamRole, IamRolePolicyAttachment]:
        trust = assumed_by_service(self, "trust", region=region, service="apigateway.amazonaws.com")
        role = IamRole(
            self,
            "role",
            provider=region.provider,
            name=regional_name("api-gateway-logging", region.name, suffix),
            assume_role_policy=trust.json,
        )
        attachment = IamRolePolicyAttachment(
            self, "attachment", provider=region.provider, role=role.name, policy_arn=PUSH_TO_LOGS
        )
        return role, attachment
