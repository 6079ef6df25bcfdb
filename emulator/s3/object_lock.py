# ruff: noqa: SLF001 — MiniStack offers no public seams
"""S3 Object Lock, where MiniStack does otherwise than AWS: what is locked keeps its versions.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
"""

from collections.abc import Callable

from ministack.services import s3

from emulator.patching import Answer, wrap


def install() -> None:
    """Refuse what AWS refuses."""
    wrap(s3, "_put_bucket_versioning", _never_suspended)


def _never_suspended(original: Callable[[str, bytes], Answer]) -> Callable[[str, bytes], Answer]:
    """The versioning of a bucket with Object Lock stays as it is."""

    def put(name: str, body: bytes) -> Answer:
        if s3._bucket_object_lock.get(name) and b"Suspended" in body:
            refused: Answer = s3._error(
                "InvalidBucketState",
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                409,
                f"/{name}",
            )
            return refused
        return original(name, body)

    return put
