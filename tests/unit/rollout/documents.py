"""What `terraform show -json` prints of a plan, as small as it can be."""

from collections.abc import Mapping, Sequence
from typing import Any


def resource(address: str, alias: str, *actions: str) -> dict[str, Any]:
    """Return a change of one resource; without actions its threshold is updated."""
    kind, _, name = address.partition(".")
    before, after = ({"threshold": 1}, {"threshold": 2}) if not actions else (None, None)
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_config_key": f"aws.{alias}",
        "change": {"actions": list(actions) or ["update"], "before": before, "after": after, "after_unknown": {}},
    }


def document(changes: Sequence[Mapping[str, Any]], *, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan of these changes; the configuration holds each with its provider."""
    return {
        "prior_state": {"values": {"outputs": {name: {"value": value} for name, value in outputs.items()}}},
        "resource_changes": list(changes),
        "configuration": {
            "root_module": {
                "resources": [
                    {"address": each["address"], "provider_config_key": each["provider_config_key"]} for each in changes
                ]
            }
        },
    }
