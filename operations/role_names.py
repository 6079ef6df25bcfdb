"""The names of the site's IAM roles for people."""

OPERATIONS_ROLE, RELEASE_ROLE, RESTORE_ROLE = "dr-operations", "dr-release", "dr-restore"
"""The prefixes of these names."""


def site_role_arn(role: str, account_id: str, suffix: str) -> str:
    """Return the ARN of one of these roles when the stack outputs are not available."""
    return f"arn:aws:iam::{account_id}:role/{role}-{suffix}"
