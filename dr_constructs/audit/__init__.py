"""The optional audit trail: who wrote the control table and the buckets, kept in a third region."""
