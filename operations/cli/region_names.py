"""Reads regions as people name them: by name, or by role."""

from contract.roles import Role
from operations.errors import UsageError
from operations.site import Site


def read_role(site: Site, given: str, *, option: str) -> Role:
    """Return the role of a region given by name or role.

    Raises:
        UsageError: It is neither region's name nor role.
    """
    role = Role(given) if given in list(Role) else site.role_of(given)
    if role is None:
        names = " or ".join(each.name for each in site.regions.values())
        raise UsageError(f"{option} must be {names}, got {given}")
    return role
