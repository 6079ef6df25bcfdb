"""The parameters of one region: endpoints, the configuration of the functions, the connection string."""

import json

from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from contract.objectives import RECOVERY_POINT_SECONDS
from contract.parameters import ParameterPath, parameter_name
from dr_constructs.region import Region

CONFIGURATION = {
    # With a known lag beyond it, the ticker takes over from no lost region by itself.
    "recoveryPointSeconds": RECOVERY_POINT_SECONDS,
}
"""What the functions read anew while they run: a change needs no deployment."""


class RegionParameters(Construct):
    """Tells the functions and the operators of one region what they need to know, without asking another region."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        suffix: str,
        own_endpoint: str,
        peer_endpoint: str,
        failover_endpoint: str | None,
        table_name: str,
    ) -> None:
        super().__init__(scope, id_)
        self._region, self._suffix = region, suffix
        self.own_endpoint = self._build_parameter(ParameterPath.OWN_ENDPOINT, own_endpoint)
        self._build_parameter(ParameterPath.PEER_ENDPOINT, peer_endpoint)
        if failover_endpoint is not None:
            self._build_parameter(ParameterPath.FAILOVER_ENDPOINT, failover_endpoint)
        self.configuration = self._build_parameter(ParameterPath.FUNCTION_CONFIGURATION, json.dumps(CONFIGURATION))
        self.connection_string = SsmParameter(
            self,
            "connection-string",
            provider=region.provider,
            name=parameter_name(ParameterPath.CONNECTION_STRING, region.name, suffix),
            type="SecureString",
            # Write-only: the value stays out of the state file (FACTS 7.2). Raise the version to write it anew.
            value_wo=f"dynamodb://{region.name}/{table_name}",
            value_wo_version=1,
        )

    def _build_parameter(self, path: ParameterPath, value: str) -> SsmParameter:
        return SsmParameter(
            self,
            path.replace("/", "-"),
            provider=self._region.provider,
            name=parameter_name(path, self._region.name, self._suffix),
            type="String",
            value=value,
        )
