"""EventBridge Scheduler: schedules with targets that are API calls, made under the schedule's role.

`schedule_times` says when a schedule is due, `targets` which call a target is, both pure. `calls` makes the call over
the emulator's own API, so that it meets IAM and the faults as any client's does. `service` fires, tries again and
sends what is given up to the dead letter queue; `requests` refuses what AWS refuses.
"""
