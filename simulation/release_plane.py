"""What a release needs in one simulated region: versions and aliases, the API's deployments, logs, canary payments."""

import json
from collections.abc import Iterable, Mapping

from contract.environment import PARTITION_KEY, WRITER_KEY, Function
from simulation.kernel.loop import Kernel
from simulation.primitives.api_deployments import ApiDeployments
from simulation.primitives.canary_table import CanaryTable
from simulation.primitives.function_logs import LambdaLogs
from simulation.primitives.functions import FIRST_VERSION, FunctionPool
from simulation.primitives.versions import LambdaApi, VersionedFunction

SUFFIX = "sim"


def function_name(function: Function, region: str) -> str:
    """Return a function's name in a region."""
    return f"{function}-{region}-{SUFFIX}"


def api_id(region: str) -> str:
    """Return the id of a region's API."""
    return f"api-{region}"


def canary_table_name(region: str) -> str:
    """Return the name of the table of a region's canary payments."""
    return f"payments-canary-{region}-{SUFFIX}"


def release_targets(regions: tuple[str, ...]) -> str:
    """Return what a release moves, as the tickers' variable says it."""
    return json.dumps(
        {
            region: {"functions": {each: function_name(each, region) for each in Function}, "api": api_id(region)}
            for region in regions
        }
    )


class ReleasePlane:
    """One region's control planes of Lambda and API Gateway, its logs, and its canary table."""

    def __init__(self, kernel: Kernel, place: str, pools: Mapping[Function, FunctionPool], epoch: float) -> None:
        self.place = place
        self.functions = {
            function_name(function, place): VersionedFunction(function_name(function, place), pool, [FIRST_VERSION])
            for function, pool in pools.items()
        }
        self.aliases = LambdaApi(place, self.functions, kernel.random("lambda", place))
        self.deployments = ApiDeployments(place, api_id(place), kernel.random("apigateway", place))
        names = {function_name(function, place): str(function) for function in pools}
        self.logs = LambdaLogs(kernel, place, names, epoch, kernel.random("logs", place))
        self.canary_table = CanaryTable(place, kernel.random("canary table", place))
        self.canary_table.items[WRITER_KEY] = _writer(place)

    def publish(self, version: str, functions: Iterable[Function] = tuple(Function)) -> None:
        """Publish a version of some functions, to which no traffic goes yet."""
        for function in functions:
            self.functions[function_name(function, self.place)].versions.append(version)


def _writer(place: str) -> dict[str, dict[str, object]]:
    return {
        PARTITION_KEY: {"S": WRITER_KEY},
        "region": {"S": place},
        "epoch": {"N": "1"},
        "state": {"S": "open"},
        "automatic": {"BOOL": False},
    }
