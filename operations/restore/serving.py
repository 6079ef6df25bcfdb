"""Asks which region serves, before each change of a restore."""

from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.aws import Aws
from operations.current_writer import current_writer
from operations.errors import OperationError
from operations.site import Site
from operations.topology.words import state_of


def owning_role(site: Site, aws: Aws) -> Role:
    """Return the role of the region that owns the writer, open or held.

    Raises:
        OperationError: The owner is unknown, or the writer is moving to another region.
    """
    writer = current_writer(site, aws)
    if writer is not None and writer.kind in {ClosingKind.PLANNED, ClosingKind.TAKEOVER}:
        raise OperationError(f"the writer must be open or held, got {state_of(writer)}")
    role = None if writer is None else site.role_of(writer.region)
    if role is None:
        raise OperationError("no region owns the writer, and a restore changes the replica of the one that does")
    return role
