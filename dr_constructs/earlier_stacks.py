"""What a stack from before releases must keep while it is upgraded in place.

Its API's deployment invokes the functions themselves, not their aliases, and is what the stage uses until the first
`dr release`; its schedules invoke the tickers themselves until the apply has changed their targets. So the permissions
for both stay on the functions, and Terraform forgets them: they go with the functions. New stacks have nothing of it.
"""

from typing import Any

from dr_constructs.settings import Settings

_PERMISSIONS = (
    "primary_api_routes_create-permission_A4232711",
    "primary_api_routes_health-permission_359028E6",
    "primary_api_routes_read-permission_0B5845B6",
    "primary_api_routes_writer-permission_80A619DF",
    "standby_api_routes_create-permission_ED734F29",
    "standby_api_routes_health-permission_BCD939D4",
    "standby_api_routes_read-permission_9B0659EB",
    "standby_api_routes_writer-permission_D31EFD7F",
    "primary-workers_ticker_schedule_permission_358450FB",
    "standby-workers_ticker_schedule_permission_3E8CF31D",
)


_ZONE = "domain_zone_90464AEC"


def forgotten_resources(settings: Settings) -> list[dict[str, Any]]:
    """Return Terraform's `removed` blocks.

    With `hosted_zone_id` a zone that the stack has created until then is forgotten as well, and not destroyed: this is
    how a zone is handed over.
    """
    forgotten = [f"aws_lambda_permission.{id_}" for id_ in _PERMISSIONS]
    if settings.hosted_zone_id:
        forgotten.append(f"aws_route53_zone.{_ZONE}")
    return [{"from": address, "lifecycle": {"destroy": False}} for address in forgotten]
