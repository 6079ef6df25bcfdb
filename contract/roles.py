"""The roles of the two regions."""

from enum import StrEnum


class Role(StrEnum):
    """What a region is for; also the value of its `DR-Role` tag."""

    PRIMARY = "primary"
    STANDBY = "standby"

    @property
    def peer(self) -> "Role":
        """The other one."""
        return Role.STANDBY if self is Role.PRIMARY else Role.PRIMARY
