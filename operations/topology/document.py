"""The topology as JSON: each fact is `{"value": …}`, or `{"unknown": reason}`."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from operations.site import RegionSite
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown


def document(topology: Topology) -> dict[str, Any]:
    """Return the topology as JSON types; durations are seconds, times ISO 8601 in UTC."""
    return {
        "environment": topology.site.suffix,
        "readAt": datetime.fromtimestamp(topology.read_at, UTC).isoformat(timespec="milliseconds"),
        "timeScale": topology.time_scale,
        "machineAheadSeconds": plain(topology.machine_ahead),
        "writer": plain(topology.writer),
        "release": plain(topology.release),
        "dns": plain(topology.dns),
        "healthChecks": plain(topology.health_checks),
        "lagSeconds": {f"{source}-to-{to}": plain(lag) for (source, to), lag in topology.lag.items()},
        "regions": {
            role: {"region": state.site.name, **_without_site(plain(state))} for role, state in topology.regions.items()
        },
    }


def plain(value: Any) -> Any:  # noqa: ANN401 — any part of the topology
    """Return a part of the topology as JSON types, with names in camel case."""
    shown: Any
    match value:
        case Known():
            shown = {"value": plain(value.value)}
        case Unknown():
            shown = {"unknown": value.reason}
        case RegionSite():
            shown = value.name
        case Mapping():
            shown = {_camel(str(key)): plain(each) for key, each in value.items()}
        case tuple() | list():
            shown = [plain(each) for each in value]
        case _ if is_dataclass(value):
            shown = {_camel(each.name): plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            shown = value
    return shown


def _without_site(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name not in {"site", "release"}}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
