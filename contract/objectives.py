"""What the deployment promises, and when it alarms unless its settings say otherwise."""

RECOVERY_TIME_SECONDS = 15 * 60
"""RTO: from the loss of a region until payments are taken again."""

RECOVERY_POINT_SECONDS = 300
"""RPO: no takeover happens by itself when replication is known to be further behind."""

REPLICATION_LAG_THRESHOLD_SECONDS = 30
"""Slower replication rings an alarm."""
