"""The function's own HTTPS endpoint, which leads to its alias, for teams without a domain."""

from cdktf import Fn
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_function_url import LambdaFunctionUrl
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from dr_constructs.api.api_definition import Authorization
from dr_constructs.region import Region


class FunctionUrl(Construct):
    """A URL that leads to the function directly: without the gateway's validation, throttling and access log."""

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, alias: LambdaAlias, authorization: Authorization
    ) -> None:
        super().__init__(scope, id_)
        self.function_url = LambdaFunctionUrl(
            self,
            "url",
            provider=region.provider,
            function_name=alias.function_name,
            qualifier=alias.name,
            authorization_type=authorization,
        )
        # Signed requests: "*" would let in every AWS account that allows it to itself. So it is this account, read from
        # the ARN, whose identities' policies decide; they also have to allow `lambda:InvokeFunction`.
        # Written as Lambda stores it, or every plan would replace the permission.
        account = f"arn:aws:iam::{Fn.element(Fn.split(':', alias.arn), 4)}:root"
        LambdaPermission(
            self,
            "permission",
            provider=region.provider,
            statement_id="function-url",
            action="lambda:InvokeFunctionUrl",
            function_name=alias.function_name,
            qualifier=alias.name,
            principal="*" if authorization == "NONE" else account,
            function_url_auth_type=authorization,
        )
        if authorization == "NONE":
            self._build_public_invocation(region, alias)

    def _build_public_invocation(self, region: Region, alias: LambdaAlias) -> None:
        # Since October 2025 a URL needs this action as well. AWS means it to be limited by the condition
        # `lambda:InvokedViaFunctionUrl`, which provider 5.100 cannot express; so whoever has an AWS account can also
        # invoke the function directly. It is as public as the URL already: NONE is for sandboxes.
        LambdaPermission(
            self,
            "invocation",
            provider=region.provider,
            statement_id="function-url-invocation",
            action="lambda:InvokeFunction",
            function_name=alias.function_name,
            qualifier=alias.name,
            principal="*",
        )
