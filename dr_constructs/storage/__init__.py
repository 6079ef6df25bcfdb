"""What keeps payments: the global table, the buckets and their replication, the queues, the parameters."""
