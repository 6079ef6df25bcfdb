-- Every payment that the places do not hold alike: all its versions, and which place holds each.
--
-- The same text runs in DuckDB on one machine and in Athena (Trino). It reads six relations, which
-- `sources.duckdb.sql` and `sources.athena.sql` make of the files; what differs between the two is there alone:
--   primary_table, standby_table, primary_logs, standby_logs
--                  (id, amount DECIMAL, currency, metadata, region, stored_at); empty when the place was not read
--   known_places   (place): those that were read
--   period         (since): one row; payments stored earlier are left out, unless a replica holds one of them in place
--                  of a payment of the period: it would seem to miss that one
--
-- A version is a payment with the region and the moment in which it was stored. It is in order when every place that
-- was read holds it, and then it does not appear here, unless another version of the same payment is not.

WITH evidence AS (
    SELECT 'primary_table' AS place, id, amount, currency, metadata, region, stored_at FROM primary_table
    UNION ALL
    SELECT 'standby_table' AS place, id, amount, currency, metadata, region, stored_at FROM standby_table
    UNION ALL
    SELECT 'primary_logs' AS place, id, amount, currency, metadata, region, stored_at FROM primary_logs
    UNION ALL
    SELECT 'standby_logs' AS place, id, amount, currency, metadata, region, stored_at FROM standby_logs
),
since_then AS (
    SELECT id FROM evidence WHERE stored_at >= (SELECT MAX(since) FROM period) AND (SELECT MAX(since) FROM period) <> ''
),
versions AS (
    SELECT
        id, amount, currency, metadata, region, stored_at,
        MAX(CASE WHEN place = 'primary_table' THEN 1 ELSE 0 END) AS in_primary_table,
        MAX(CASE WHEN place = 'standby_table' THEN 1 ELSE 0 END) AS in_standby_table,
        MAX(CASE WHEN place = 'primary_logs' THEN 1 ELSE 0 END) AS in_primary_logs,
        MAX(CASE WHEN place = 'standby_logs' THEN 1 ELSE 0 END) AS in_standby_logs,
        COUNT(*) AS entries
    FROM evidence
    WHERE
        stored_at IS NULL
        OR stored_at >= (SELECT MAX(since) FROM period)
        OR (place IN ('primary_table', 'standby_table') AND id IN (SELECT id FROM since_then))
    GROUP BY id, amount, currency, metadata, region, stored_at
),
suspects AS (
    SELECT DISTINCT id
    FROM versions
    WHERE in_primary_table + in_standby_table + in_primary_logs + in_standby_logs < (SELECT COUNT(*) FROM known_places)
)
SELECT
    versions.id, amount, currency, metadata, region, stored_at,
    in_primary_table, in_standby_table, in_primary_logs, in_standby_logs, entries
FROM versions
JOIN suspects ON suspects.id = versions.id
ORDER BY versions.id, stored_at, region
