"""What brings a DynamoDB table's data back: point-in-time recovery, exports to S3, imports from it (FACTS 1.14).

`write_history` is pure: it undoes the writes of one replica back to a moment. `histories` keeps one for each replica
that has point-in-time recovery on, `windows` says which moments can be restored. `restores`, `system_backups`,
`exports` and `imports` answer the requests, `export_files` writes what AWS writes, `rights` says what each takes, and
`jobs` lets the work take its time.
"""
