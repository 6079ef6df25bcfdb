"""The alarm on backups that are too old."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.environment import Function, Metric
from contract.objectives import BACKUP_AGE_SECONDS
from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion

_SILENT_MINUTES = 15


class BackupAlarms(AlarmGroup):
    """Watches the backups that one region's bucket holds: its own, and the copies of its peer's."""

    def __init__(self, scope: Construct, id_: str, *, monitored: MonitoredRegion, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        self._alarm(
            "backup-age",
            monitored.business_metric(Function.TRANSACTION_LOG, Metric.BACKUP_AGE),
            # Published every minute: without it nobody knows whether there are backups.
            Condition(
                "Maximum",
                ThresholdComparison.ABOVE,
                BACKUP_AGE_SECONDS,
                MissingData.BREACHING,
                periods=_SILENT_MINUTES,
            ),
            means=f"The bucket in {monitored.region.name} lacks a backup younger than "
            f"{BACKUP_AGE_SECONDS // 3600} h of one of the two tables, its own or the peer's, or nobody has "
            f"looked for {_SILENT_MINUTES} minutes.",
            look_first="lines `no backup yet` and `backups not looked at` in the log of transaction-log, then the "
            "queue backup-failures of the region whose backup is missing: each message says why an export failed; "
            "for the peer's, alarm object-replication-failures there.",
        )
