"""Tells the operations tools what they need of the outputs, in both regions: for the day the state is out of reach."""

import json
from collections.abc import Mapping

from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from contract.names import regional_kind
from contract.outputs import Output
from contract.parameters import ParameterPath, parameter_name
from contract.roles import Role
from dr_constructs.region import Region

_STORED = tuple(output for output in Output if output not in {Output.ALARM_ARNS, Output.ALARM_NAMES})
"""Each under its own name; those of a domain only where there is one."""


class OperationsSite(Construct):
    """One parameter a region, with the same document: either region's suffices."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        regions: Mapping[Role, Region],
        suffix: str,
        outputs: Mapping[str, object],
        alarm_names: Mapping[str, list[str]],
    ) -> None:
        super().__init__(scope, id_)
        stored = {name: outputs[name] for name in _STORED if name in outputs}
        # Alarms by the kinds of their names: a parameter has no room for whole names, let alone ARNs.
        kinds = {name: [regional_kind(each, name, suffix) for each in names] for name, names in alarm_names.items()}
        document = json.dumps({**stored, Output.ALARM_NAMES: kinds}, separators=(",", ":"))
        self.parameters = {role: self._build_parameter(region, suffix, document) for role, region in regions.items()}

    def _build_parameter(self, region: Region, suffix: str, document: str) -> SsmParameter:
        return SsmParameter(
            self,
            f"{region.role}-parameter",
            provider=region.provider,
            name=parameter_name(ParameterPath.OPERATIONS_SITE, region.name, suffix),
            type="String",
            tier="Advanced",  # up to 8 KB; long names take more than the 4 KB of a standard one
            value=document,
        )
