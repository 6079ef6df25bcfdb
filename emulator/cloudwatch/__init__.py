"""CloudWatch: metrics that services publish about themselves, and alarms."""
