# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What a bucket's replication role allows S3 to do in its name (FACTS 5.1); MiniStack copies without asking."""

from dataclasses import dataclass
from functools import cached_property

from ministack.core import iam_evaluator
from ministack.services import iam

from emulator.patching import Theirs


@dataclass(frozen=True)
class ReplicationRole:
    """The role of a replication configuration, for copies from one bucket to another; read when it is first asked."""

    arn: str
    region: str
    source: str
    destination: str

    def may_copy(self, key: str) -> bool:
        """Return whether an object can be copied."""
        return self._may_read_source and (
            self._allows("s3:GetObjectVersionForReplication", self.source, key)
            and self._allows("s3:ReplicateObject", self.destination, key)
        )

    def may_copy_tags(self, key: str) -> bool:
        """Return whether its tags go with it; S3 copies objects without them otherwise."""
        return self._allows("s3:GetObjectVersionTagging", self.source, key) and self._allows(
            "s3:ReplicateTags", self.destination, key
        )

    def may_copy_lock(self, key: str) -> bool:
        """Return whether an object of a bucket with Object Lock can be copied, with its retention and legal hold."""
        return self._allows("s3:GetObjectRetention", self.source, key) and self._allows(
            "s3:GetObjectLegalHold", self.source, key
        )

    def may_delete(self, key: str) -> bool:
        """Return whether a delete marker can be copied."""
        return self._may_read_source and self._allows("s3:ReplicateDelete", self.destination, key)

    @cached_property
    def _may_read_source(self) -> bool:
        return self._allows("s3:GetReplicationConfiguration", self.source) and self._allows(
            "s3:ListBucket", self.source
        )

    @cached_property
    def _policies(self) -> list[Theirs]:
        """The role's own policies, and each limit that they have."""
        account, name = self._account, self.arn.rpartition("/")[2]
        own = iam_evaluator._gather_role_policies(name, account)
        return [own, *iam_evaluator._permissions_boundary(iam._roles, name, account)]

    @property
    def _account(self) -> str:
        _, _, _, _, account, _ = f"{self.arn}:::::".split(":", 5)
        return account

    @cached_property
    def _questions(self) -> dict[str, tuple[Theirs, list[Theirs]]]:
        """What is asked about an action, and the statements that speak of it: the same for every key of a batch."""
        return {}

    def _allows(self, action: str, bucket: str, key: str | None = None) -> bool:
        context, policies = self._questions.get(action) or self._questions.setdefault(action, self._question(action))
        context.resource_arn = f"arn:aws:s3:::{bucket}" if key is None else f"arn:aws:s3:::{bucket}/{key}"
        return bool(iam_evaluator.evaluate(context, *policies).decision == "Allow")

    def _question(self, action: str) -> tuple[Theirs, list[Theirs]]:
        context = iam_evaluator.EvalContext(
            principal_arn=self.arn,
            principal_type="AssumedRole",
            principal_account=self._account,
            action=action,
            resource_arn="*",
            region=self.region,
        )

        def speaks_of_it(statement: Theirs) -> bool:
            return bool(iam_evaluator._action_matches(action, statement.actions, statement.not_actions))

        return context, [
            [[statement for policy in policies for statement in policy if speaks_of_it(statement)]]
            for policies in self._policies
        ]
