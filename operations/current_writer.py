"""Reads the writer item in any region that has a quorum; strongly consistent reads agree everywhere."""

from botocore.exceptions import BotoCoreError, ClientError

from contract.roles import Role
from handlers.writer.item import MalformedWriterError, Writer, read_writer
from operations.aws import Aws
from operations.errors import OperationError, one_line
from operations.site import Site
from operations.topology.asking import reason


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
