"""Names of resources, `{kind}-{suffix}` or `{kind}-{region}-{suffix}` for what exists once a region, and their tags."""

PROJECT = "payments-dr"


def global_name(kind: str, suffix: str) -> str:
    """Return the name of something that exists once in a deployment, such as `payments-dev`."""
    return f"{kind}-{suffix}"


def regional_name(kind: str, region: str, suffix: str) -> str:
    """Return the name of something that exists in both regions, such as `retry-us-east-1-dev`."""
    return f"{kind}-{region}-{suffix}"


def bucket_prefix(region: str, suffix: str) -> str:
    """Return the start of a bucket's name; the provider appends what makes it globally unique."""
    return f"payments-{region}-{suffix}-"


def resource_tags(region: str, role: str, suffix: str) -> dict[str, str]:
    """Return the tags of what belongs to one region."""
    return {"Project": PROJECT, "Environment": suffix, "Region": region, "DR-Role": role}
