"""The parameter store of one region."""

import random
from collections.abc import Mapping

from simulation.primitives.errors import aws_error
from simulation.primitives.service import Answer, Request, Service


class ParameterStore(Service):
    """Values by name."""

    name = "ssm"
    seconds = (0.005, 0.02)

    def __init__(self, place: str, values: Mapping[str, str], random_: random.Random) -> None:
        super().__init__(place, random_)
        self.values = dict(values)

    def do_get_parameter(self, request: Request) -> Answer:
        """Read one value."""
        if request["Name"] not in self.values:
            raise aws_error("ParameterNotFound", "get_parameter")
        return {"Parameter": {"Name": request["Name"], "Value": self.values[request["Name"]]}}
