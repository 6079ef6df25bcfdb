"""What the deployment promises, and when it alarms unless its settings say otherwise."""

RECOVERY_TIME_SECONDS = 15 * 60
"""RTO: from the loss of a region until payments are taken again."""

RECOVERY_POINT_SECONDS = 300
"""RPO: no takeover happens by itself when replication is known to be further behind."""

REPLICATION_LAG_THRESHOLD_SECONDS = 30
"""Slower replication rings an alarm."""

HEARTBEAT_AGE_SECONDS = 120
"""An older heartbeat is late: one comes every ten seconds, and a ticker that ends early is replaced within a minute."""

BACKUP_AGE_SECONDS = 30 * 3600
"""An older backup is late: a day, and six hours for retries, the export itself and the copy in the other region."""
