"""The names of the parameters that tell one region's functions and operators what they need to know."""

from enum import StrEnum

from contract.names import regional_name


class ParameterPath(StrEnum):
    """The last part of a parameter's name."""

    OWN_ENDPOINT = "endpoints/own"
    PEER_ENDPOINT = "endpoints/peer"
    FAILOVER_ENDPOINT = "endpoints/failover"
    FUNCTION_CONFIGURATION = "functions/configuration"
    CONNECTION_STRING = "database/connection-string"
    OPERATIONS_SITE = "operations/site"  # the outputs that operations need, as one JSON object


def parameter_name(path: ParameterPath, region: str, suffix: str) -> str:
    """Return the name of one of a region's parameters, such as `/payments-us-east-1-dev/endpoints/own`."""
    return f"/{regional_name('payments', region, suffix)}/{path}"
