"""The API's deployment: Terraform makes the first, and neither replaces it nor moves the stage."""

from contract.roles import Role
from tests.synth.reading import Resource, Synthesized

PARTS = (
    "aws_api_gateway_gateway_response",
    "aws_api_gateway_integration",
    "aws_api_gateway_method",
    "aws_api_gateway_model",
    "aws_api_gateway_request_validator",
    "aws_api_gateway_resource",
    "aws_api_gateway_rest_api_policy",
)
"""What a deployment takes a copy of."""


def parts(environment: Synthesized, role: Role) -> list[Resource]:
    """Return everything that a region's deployment copies."""
    return [part for kind in PARTS for part in environment.all(kind, role)]


class TestDeployment:
    """The first one."""

    def test_no_change_of_the_api_replaces_it(self, shipped: Synthesized, role: Role) -> None:
        """A broken route would reach both regions at once; and a stage may use it still."""
        deployment = shipped.the("aws_api_gateway_deployment", role)
        assert "triggers" not in deployment.body
        assert deployment["lifecycle"] == {"ignore_changes": ["triggers"]}  # which an earlier stack's state has

    def test_it_copies_nothing_that_is_not_there_yet(self, shipped: Synthesized, role: Role) -> None:
        waits_for = set(shipped.the("aws_api_gateway_deployment", role)["depends_on"])
        assert waits_for == {part.address for part in parts(shipped, role)}

    def test_the_stage_stays_where_a_release_put_it(self, shipped: Synthesized, role: Role) -> None:
        assert shipped.the("aws_api_gateway_stage", role)["lifecycle"] == {"ignore_changes": ["deployment_id"]}
