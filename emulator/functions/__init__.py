"""Lambda: functions in processes of their own, with versions, aliases, policies and event sources."""
