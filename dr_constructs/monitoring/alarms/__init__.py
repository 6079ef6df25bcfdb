"""The alarms: a module a concern, each a group of alarms that notify their own region's topic.

`RegionalAlarms` builds all of one region's; `health_checks.HealthCheckAlarms` exists once, in us-east-1.
"""

from dr_constructs.monitoring.alarms.regional import RegionalAlarms

__all__ = ["RegionalAlarms"]
