"""S3: replication between buckets."""
