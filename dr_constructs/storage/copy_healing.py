"""The role with which S3 Batch Replication copies again what a bucket's replication has failed to copy (FACTS 13.2)."""

from constructs import Construct

from contract.names import copies_role_name
from dr_constructs.policies import ServiceRole, allow
from dr_constructs.storage.payments_bucket import PaymentsBucket

BATCH_OPERATIONS = "batchoperations.s3.amazonaws.com"
"""The service that runs the jobs."""


class CopyHealing(Construct):
    """May start the replication of the bucket's objects, by the bucket's own rule, and nothing else.

    The copies themselves are made by the rule's role. A job's list of objects is S3's own and is stored nowhere.
    """

    def __init__(self, scope: Construct, id_: str, *, source: PaymentsBucket, suffix: str) -> None:
        super().__init__(scope, id_)
        self.role = ServiceRole(
            self,
            "role",
            region=source.region,
            name=copies_role_name(source.region.name, suffix),
            service=BATCH_OPERATIONS,
            statements=[
                allow(["s3:InitiateReplication"], [f"{source.bucket.arn}/*"]),
                allow(["s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"], [source.bucket.arn]),
            ],
        ).role
