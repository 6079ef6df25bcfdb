"""The deployment's trigger: whatever changes in the API's definition, the stage gets it (FACTS 3.9)."""

import re
from typing import Any

from contract.roles import Role
from tests.synth.conftest import Synthesize
from tests.synth.reading import META_ARGUMENTS, Resource, Synthesized

PARTS = (
    "aws_api_gateway_gateway_response",
    "aws_api_gateway_integration",
    "aws_api_gateway_method",
    "aws_api_gateway_model",
    "aws_api_gateway_request_validator",
    "aws_api_gateway_resource",
)
"""What a deployment takes a copy of."""

REFERENCE = re.compile(r"(aws_api_gateway_\w+)\.([\w-]+)\.(\w+)")


def parts(environment: Synthesized, role: Role) -> list[Resource]:
    """Return everything that a region's deployment copies."""
    return [part for kind in PARTS for part in environment.all(kind, role)]


def covered(environment: Synthesized, role: Role) -> dict[str, Any]:
    """Return what the trigger hashes: each argument by its address, with its value."""
    trigger = environment.the("aws_api_gateway_deployment", role)["triggers"]["definition"]
    return {
        f"{kind}.{id_}.{argument}": environment.json["resource"][kind][id_][argument]
        for kind, id_, argument in REFERENCE.findall(trigger)
    }


class TestTrigger:
    """What it is made of."""

    def test_it_is_one_hash(self, shipped: Synthesized, role: Role) -> None:
        triggers = shipped.the("aws_api_gateway_deployment", role)["triggers"]
        assert triggers["definition"].startswith("${sha1(jsonencode([")
        assert set(triggers) == {"definition"}

    def test_it_covers_every_argument_of_every_part(self, shipped: Synthesized, role: Role) -> None:
        expected = {
            f"{part.address}.{name}" for part in parts(shipped, role) for name in set(part.body) - META_ARGUMENTS
        }
        assert set(covered(shipped, role)) == expected

    def test_another_authorization_changes_it(self, synthesize: Synthesize, dev: Synthesized, role: Role) -> None:
        assert covered(synthesize("dev", DR_AUTHORIZATION="NONE"), role) != covered(dev, role)

    def test_another_environment_on_the_same_api_does_not(
        self, dev: Synthesized, prod: Synthesized, role: Role
    ) -> None:
        """What it covers is the API, not what surrounds it: memory, retention and limits redeploy nothing."""
        assert covered(dev, role) == covered(prod, role)


class TestDeployment:
    """How it is replaced."""

    def test_the_new_one_comes_first(self, shipped: Synthesized, role: Role) -> None:
        """A stage cannot be without one."""
        assert shipped.the("aws_api_gateway_deployment", role)["lifecycle"] == {"create_before_destroy": True}

    def test_it_copies_nothing_that_is_not_there_yet(self, shipped: Synthesized, role: Role) -> None:
        waits_for = set(shipped.the("aws_api_gateway_deployment", role)["depends_on"])
        assert waits_for == {part.address for part in parts(shipped, role)}
