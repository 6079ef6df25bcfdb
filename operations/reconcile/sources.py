"""The sources of payments: both replicas, the transaction logs in both buckets, and the queues."""

from enum import StrEnum

from contract.roles import Role


class Place(StrEnum):
    """A source that holds payments; the value is its relation in `compare.sql`, which has none for queues."""

    PRIMARY_TABLE = "primary_table"
    STANDBY_TABLE = "standby_table"
    PRIMARY_LOGS = "primary_logs"
    STANDBY_LOGS = "standby_logs"
    PRIMARY_QUEUES = "primary_queues"
    STANDBY_QUEUES = "standby_queues"

    @property
    def role(self) -> Role:
        """The role of the source's region."""
        return Role(self.value.partition("_")[0])

    @property
    def is_table(self) -> bool:
        """Return whether it is a replica."""
        return self in TABLES

    @property
    def is_queues(self) -> bool:
        """Return whether it is a region's queues, which hold payments that are not stored yet."""
        return self in QUEUES


TABLES = (Place.PRIMARY_TABLE, Place.STANDBY_TABLE)
LOGS = (Place.PRIMARY_LOGS, Place.STANDBY_LOGS)
COMPARED = (*TABLES, *LOGS)
"""The places that should hold every payment."""
QUEUES = (Place.PRIMARY_QUEUES, Place.STANDBY_QUEUES)
