"""The names of the stack and of the resources, each composed by one function.

Standard library only: the constructs, the operations and the cost table import it.
"""

PROJECT = "payments-dr"


def stack_name(suffix: str) -> str:
    """Return the name of an environment's stack: each environment has its own state and backend.

    With one name for all, deploying a second environment from the same checkout would destroy the first.
    """
    return f"{PROJECT}-{suffix}"


def global_name(kind: str, suffix: str) -> str:
    """Return the name of something that exists once in a deployment, such as `payments-dev`."""
    return f"{kind}-{suffix}"


def environment_of(table_name: str) -> str:
    """Return the environment's suffix, which the payments table's name tells."""
    return table_name.removeprefix(global_name("payments", ""))


def regional_name(kind: str, region: str, suffix: str) -> str:
    """Return the name of something that exists in both regions, such as `retry-us-east-1-dev`."""
    return f"{kind}-{region}-{suffix}"


def regional_kind(name: str, region: str, suffix: str) -> str:
    """Return the kind that a regional name was composed of."""
    return name.removesuffix(regional_name("", region, suffix))


def api_name(region: str, suffix: str) -> str:
    """Return the name of a region's REST API, which is also the `ApiName` dimension of its metrics."""
    return regional_name("payments", region, suffix)


def access_log_group(region: str, suffix: str) -> str:
    """Return the log group in which a region's API writes who asked for what."""
    return f"/aws/apigateway/{api_name(region, suffix)}"


def side_table_name(moment: str, suffix: str) -> str:
    """Return the name of the table to which the payments of a moment, `20260131T120000Z`, are restored.

    Suffixes have no capital letters, so no other environment's table has such a name.
    """
    return f"payments-restore-{moment}-{suffix}"


def copies_role_name(region: str, suffix: str) -> str:
    """Return the name of the role that heals the copies of a region's bucket."""
    return regional_name("copies", region, suffix)


def bucket_prefix(region: str, suffix: str) -> str:
    """Return the start of a bucket's name; the provider appends what makes it globally unique."""
    return f"{regional_name('payments', region, suffix)}-"


def resource_tags(region: str, role: str, suffix: str) -> dict[str, str]:
    """Return the tags of what belongs to one region."""
    return {"Project": PROJECT, "Environment": suffix, "Region": region, "DR-Role": role}
