"""The names of the site's two IAM roles for people."""

OPERATIONS_ROLE, RELEASE_ROLE = "dr-operations", "dr-release"
"""The prefixes of these names."""


def operations_role_arn(account_id: str, suffix: str) -> str:
    """Return the operations role's ARN when the stack outputs are not available."""
    return f"arn:aws:iam::{account_id}:role/{OPERATIONS_ROLE}-{suffix}"


def release_role_arn(account_id: str, suffix: str) -> str:
    """Return the release role's ARN when the stack outputs are not available."""
    return f"arn:aws:iam::{account_id}:role/{RELEASE_ROLE}-{suffix}"
