"""Everything that decides whether a release may begin, and from where to where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.environment import Function
from contract.releases import DataFormats
from contract.roles import Role
from handlers.releases.item import Release
from handlers.writer.item import Writer
from operations.site import Site
from operations.topology.readings import Known, Reading, Unknown


@dataclass(frozen=True)
class PublishedVersion:
    """One version of one function; it never changes."""

    number: str
    code: str
    """The digest of its code."""
    formats: DataFormats | None
    """What it writes and reads; None where it does not say so."""


@dataclass(frozen=True)
class FunctionVersions:
    """What a function's alias points at, and what it could point at."""

    live: str
    shared: Mapping[str, float]
    """The other versions' shares of its invocations: only while a release is under way."""
    versions: Mapping[str, PublishedVersion]
    """By number."""

    @property
    def newest(self) -> str:
        """Return the version that was published last."""
        return max(self.versions, key=int, default=self.live)


@dataclass(frozen=True)
class RegionReleaseState:
    """What one region runs."""

    functions: Mapping[Function, FunctionVersions]
    api: str
    """The deployment that the API's stage points at."""
    leads_to_alias: bool = True
    """Whether that deployment invokes the alias; one from before releases invokes the functions themselves."""


@dataclass(frozen=True)
class ReleaseSituation:
    """What was read before a release; what could not be read is unknown."""

    site: Site
    writer: Reading[Writer | None]
    release: Reading[Release | None]
    regions: Mapping[Role, Reading[RegionReleaseState]]
    health: Mapping[Role, Reading[bool]]
    alarms: Mapping[Role, Reading[tuple[str, ...]]]
    """The deployment's alarms that ring."""

    @property
    def serving(self) -> Role | None:
        """Return the role of the region that stores payments; None where none does, or it is not known."""
        writer = self.writer.value if isinstance(self.writer, Known) else None
        return None if writer is None or not writer.is_open else self.site.role_of(writer.region)

    @property
    def payers_region(self) -> str:
        """Return the region in which payers are most likely: the writer's, the primary where that is not known."""
        writer = self.writer.value if isinstance(self.writer, Known) else None
        known = writer is not None and self.site.role_of(writer.region) is not None
        return writer.region if writer is not None and known else self.site.primary.name

    @property
    def says(self) -> str:
        """Return in one line who takes payments."""
        if isinstance(self.writer, Unknown):
            return f"{self.site.suffix}: It is NOT KNOWN who takes payments: {self.writer.reason}"
        writer = self.writer.value
        if writer is None or not writer.is_open:
            return f"{self.site.suffix}: NOBODY takes payments"
        return f"{self.site.suffix}: {writer.region} takes payments, epoch {writer.epoch}"

    def name(self, role: Role) -> str:
        """Return a region's name."""
        return self.site.regions[role].name
