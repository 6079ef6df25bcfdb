"""Where a payment leaves its traces: both replicas, and the transaction logs in both buckets."""

from enum import StrEnum

from operations.site import Role


class Place(StrEnum):
    """A place that should hold every payment; the value is its relation's name in `compare.sql`."""

    PRIMARY_TABLE = "primary_table"
    STANDBY_TABLE = "standby_table"
    PRIMARY_LOGS = "primary_logs"
    STANDBY_LOGS = "standby_logs"

    @property
    def role(self) -> Role:
        """Whose region the place is in."""
        return Role(self.value.partition("_")[0])

    @property
    def is_table(self) -> bool:
        """Return whether it is a replica: only these are repaired, logs are written by functions alone."""
        return self in TABLES


TABLES = (Place.PRIMARY_TABLE, Place.STANDBY_TABLE)
LOGS = (Place.PRIMARY_LOGS, Place.STANDBY_LOGS)
