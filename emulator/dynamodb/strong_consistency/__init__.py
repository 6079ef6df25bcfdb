"""DynamoDB global tables with multi-Region strong consistency (MRSC), as far as AWS documents them (FACTS 1.10).

`replica_group` holds the rules: quorum, strong and eventually consistent reads, isolation, catching up, conflicts. It
knows neither DynamoDB nor sockets, and time is handed in. `members` says which regions can form a group. `accesses`
reads requests, `tables` keeps MiniStack's tables as the rules say, `requests` lets requests meet them, `table_updates`
makes and ends such tables by `UpdateTable`, and `cloud_control` by Cloud Control, from the documents that
`desired_state` reads.
"""
