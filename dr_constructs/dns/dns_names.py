"""The host names of the API: one that fails over, and one a region that never does."""


def failover_name(domain_name: str) -> str:
    """Return the name that clients use, such as `api.example.com`."""
    return f"api.{domain_name}"


def regional_api_name(region: str, domain_name: str) -> str:
    """Return the name that always leads to one region, such as `us-east-1.api.example.com`.

    Health checks watch it: a check of the failover name would follow the failover (FACTS 2.3).
    """
    return f"{region}.{failover_name(domain_name)}"
