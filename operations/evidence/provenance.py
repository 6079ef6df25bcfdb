"""The provenance of evidence: the code in both regions, and the code that ran the drill."""

import platform
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict

from contract.releases import LIVE_ALIAS
from contract.roles import Role
from operations.aws import Aws
from operations.checkout import commit
from operations.site import Site
from operations.topology.asking import reason


class Provenance(BaseModel):
    """The code that ran; a text in angle brackets says why something is unknown."""

    model_config = ConfigDict(frozen=True)

    environment: str
    regions: Mapping[Role, str]
    surroundings: str
    """AWS, or an emulator with its time scale."""
    time_scale: float
    code: Mapping[Role, Mapping[str, str]]
    """The functions' CodeSha256."""
    commit: str
    """Of the checkout that ran the drill, with `-dirty` when it was changed."""
    python: str

    @property
    def same_code(self) -> bool:
        """Return whether both regions are known to run the same code."""
        digests = {digest for functions in self.code.values() for digest in functions.values()}
        return len(digests) == 1 and not any(digest.startswith("<") for digest in digests)


def read_provenance(site: Site, aws: Aws, *, surroundings: str, time_scale: float) -> Provenance:
    """Read what runs. IAM: lambda:GetFunctionConfiguration."""
    return Provenance(
        environment=site.suffix,
        regions={role: region.name for role, region in site.regions.items()},
        surroundings=surroundings,
        time_scale=time_scale,
        code={
            role: {
                function: _digest(aws, region.name, name) for function, name in sorted(region.function_names.items())
            }
            for role, region in site.regions.items()
        },
        commit=commit(),
        python=platform.python_version(),
    )


def _digest(aws: Aws, region: str, function: str) -> str:
    try:
        functions = aws.client("lambda", region)
        return str(functions.get_function_configuration(FunctionName=function, Qualifier=LIVE_ALIAS)["CodeSha256"])
    except (BotoCoreError, ClientError) as error:
        return f"<{reason(error)}>"
