-- The payments that were touched in the period: stored in it, or logged in it, however old they are (a repair is logged
-- when it is made). What has no moment may be of any. Empty without a period: then all are compared.

SELECT DISTINCT id
FROM (
    SELECT id, stored_at, logged_at FROM primary_table
    UNION ALL
    SELECT id, stored_at, logged_at FROM standby_table
    UNION ALL
    SELECT id, stored_at, logged_at FROM primary_logs
    UNION ALL
    SELECT id, stored_at, logged_at FROM standby_logs
) AS evidence
CROSS JOIN (SELECT MAX(since) AS since FROM period) AS asked
WHERE since <> '' AND (stored_at IS NULL OR stored_at >= since OR logged_at >= since)
