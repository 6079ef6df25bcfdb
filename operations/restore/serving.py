"""Asks which region serves, before each change of a restore."""

from contract.roles import Role
from operations.aws import Aws
from operations.current_writer import owning_role
from operations.site import Site


def serving_role(site: Site, aws: Aws) -> Role:
    """Return the role of the region that owns the writer, open or held.

    Raises:
        OperationError: The owner is unknown, or the writer is moving to another region.
    """
    return owning_role(site, aws, why="a restore changes the replica of the one that does")
