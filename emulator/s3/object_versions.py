# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Replicas among a key's versions: each keeps its id and its place in time, so that the newest is the same everywhere.

Unlike MiniStack's own replicas, these are copies of one version under the source's version id, as on AWS, and one that
comes late takes its place below what was written since.
"""

import copy
from collections.abc import Mapping
from itertools import pairwise

from ministack.services import s3

from emulator.patching import Theirs

Version = dict[str, Theirs]

_ORIGIN = "_origin"
"""A replica's first bucket, in MiniStack's record of the version: it decides between two of the same millisecond."""

_MUTABLE = (dict, list)


def place(versions: list[Version], version: Version, bucket: str) -> bool:
    """Insert a version into a bucket's versions of a key, oldest first; return whether it is the newest."""

    def age(each: Version) -> tuple[str, str]:
        return each["last_modified"], each.get(_ORIGIN, bucket)

    position = len(versions)
    while position and age(versions[position - 1]) > age(version):
        position -= 1
    versions.insert(position, version)
    for older, newer in pairwise(versions):
        older["is_latest"], newer["is_latest"] = False, True
    version["is_latest"] = version is versions[-1]
    return version is versions[-1]


def find(bucket: str, key: str, version_id: str | None) -> Version | None:
    """Return a version that a bucket keeps, None when it does not exist or not any more."""
    versions = s3._object_versions.get((bucket, key), [])
    return next((each for each in versions if each["version_id"] == version_id), None)


def store_object(source: str, destination: str, key: str, record: Mapping[str, Theirs], storage_class: str) -> None:
    """Copy an object, as MiniStack records it, into another bucket."""
    replica = {
        name: copy.deepcopy(value) if isinstance(value, _MUTABLE) else value
        for name, value in record.items()
        if name != "_replica"
    }
    replica["replication_status"] = "REPLICA"
    replica["storage_class"] = storage_class or replica["storage_class"]
    version = s3._version_entry_from_record(replica, replica["version_id"], replica["body"])
    if _placed(source, destination, key, version):
        s3._buckets[destination]["objects"][key] = replica


def store_marker(source: str, destination: str, key: str, marker: Version) -> None:
    """Copy a delete marker into another bucket."""
    if _placed(source, destination, key, dict(marker)):
        s3._buckets[destination]["objects"].pop(key, None)


def _placed(source: str, destination: str, key: str, version: Version) -> bool:
    version[_ORIGIN] = source
    versions = s3._object_versions.setdefault((destination, key), [])
    # What was there before the bucket kept versions stays reachable, as with any other write.
    s3._preserve_null_version(destination, key, versions, s3._buckets[destination]["objects"].get(key))
    return place(versions, version, destination)
