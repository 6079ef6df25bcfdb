# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Object Lock in replication: a replica has its source's retention, or else its own bucket's default.

A version of a bucket with Object Lock is copied only by a role that may read retention and legal hold, and one that is
locked only into a bucket with Object Lock as well.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
"""

from collections.abc import Callable

from ministack.services import s3


def copy_lock(source: str, destination: str, key: str, version_id: str, may: Callable[[str], bool]) -> bool:
    """Lock a version in its destination before it gets there; return False when it must not get there."""
    retention = s3._object_retention.get((source, key, version_id))
    hold = s3._object_legal_hold.get((source, key, version_id))
    if s3._bucket_object_lock.get(source) and not may(key):
        return False
    if not s3._bucket_object_lock.get(destination):
        return not retention and not hold
    if retention:
        s3._object_retention[destination, key, version_id] = dict(retention)
    else:
        s3._apply_object_lock_from_headers(destination, key, {}, version_id)
    if hold:
        s3._object_legal_hold[destination, key, version_id] = hold
    return True
