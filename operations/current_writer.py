"""Reads the writer item in any region that has a quorum; strongly consistent reads agree everywhere."""

from botocore.exceptions import BotoCoreError, ClientError

from contract.roles import Role
from handlers.writer.item import ClosingKind, MalformedWriterError, Writer, read_writer
from operations.aws import Aws
from operations.errors import OperationError, one_line
from operations.site import Site
from operations.topology.asking import reason
from operations.topology.words import state_of


def owning_role(site: Site, aws: Aws, *, why: str) -> Role:
    """Return the role of the region that owns the writer, open or held.

    Args:
        site: The site's names.
        aws: The clients.
        why: What the owner is needed for, as in "no region owns the writer, and ...".

    Raises:
        OperationError: The owner is unknown, or the writer is moving to another region.
    """
    writer = current_writer(site, aws)
    if writer is not None and writer.kind in {ClosingKind.PLANNED, ClosingKind.TAKEOVER}:
        raise OperationError(f"the writer must be open or held, got {state_of(writer)}")
    role = None if writer is None else site.role_of(writer.region)
    if role is None:
        raise OperationError(f"no region owns the writer, and {why}")
    return role


def current_writer(site: Site, aws: Aws) -> Writer | None:
    """Return the writer item, read in the standby or else in the primary; None if it does not exist.

    IAM: dynamodb:GetItem on the control table.

    Raises:
        OperationError: Neither region answers, or the item is malformed.
    """
    unread = []
    for role in (Role.STANDBY, Role.PRIMARY):
        region = site.regions[role].name
        try:
            return read_writer(aws.client("dynamodb", region), site.control_table_name)
        except (BotoCoreError, ClientError) as error:
            unread.append(f"{region}: {reason(error)}")
        except MalformedWriterError as error:
            raise OperationError(one_line(error)) from error
    raise OperationError(f"the control table must answer in one region, but {'; '.join(unread)}")
