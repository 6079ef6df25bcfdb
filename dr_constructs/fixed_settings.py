"""Settings that cannot change once they are deployed; Terraform's state remembers what they were."""

import json
from collections.abc import Mapping

from cdktf import DataResource, Postcondition, TerraformResourceLifecycle
from constructs import Construct


class FixedSettings(Construct):
    """Refuses every plan in which a setting differs from its first deployment.

    The first apply writes the values into the state, and `ignore_changes` keeps them there: no region is asked, so a
    plan is refused while a region is down as well. `remedy` says what to do instead.
    """

    def __init__(self, scope: Construct, id_: str, *, values: Mapping[str, str | int], remedy: str) -> None:
        super().__init__(scope, id_)
        DataResource(
            self,
            "first",
            input=dict(values),
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["input"],
                postcondition=[_unchanged(key, value, remedy) for key, value in values.items()],
            ),
        )


def _unchanged(key: str, value: str | int, remedy: str) -> Postcondition:
    given = json.dumps(value)
    first = f'${{try(self.input.{key}, "unknown")}}'
    return Postcondition(
        # A key that the state lacks is younger than the deployment: it has no first value to keep to.
        condition=f"${{try(self.input.{key}, {given}) == {given}}}",
        error_message=f"`{key}` is fixed once deployed: it is {first}, got {value}. {remedy}",
    )
