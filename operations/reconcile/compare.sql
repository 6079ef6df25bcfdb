-- Every payment that the places do not hold alike: all its versions, and which place holds each.
--
-- The same text runs in DuckDB on one machine and in Athena (Trino). It reads relations that `sources.duckdb.sql` and
-- `sources.athena.sql` make of the files, and `touched`, which is `touched.sql`; what differs between the two is there:
--   primary_table, standby_table, primary_logs, standby_logs
--                  (id, content, region, stored_at, logged_at, request_id); empty when the place was not read
--   known_places   (place): those that were read
--   period         (since): one row, '' for all times
--   touched        (id): the payments of the period, all versions of which are judged, however old; a line that names
--                  no payment may belong to any of them
--
-- A version is a payment with the region and the moment in which it was stored. The request's id does not count: beside
-- a release that does not know it, the table holds one and the log does not. A version is in order when every place that
-- was read holds it, and then it does not appear here, unless another version of the same payment is not.

WITH evidence AS (
    SELECT 'primary_table' AS place, id, content, region, stored_at, request_id FROM primary_table
    UNION ALL
    SELECT 'standby_table' AS place, id, content, region, stored_at, request_id FROM standby_table
    UNION ALL
    SELECT 'primary_logs' AS place, id, content, region, stored_at, request_id FROM primary_logs
    UNION ALL
    SELECT 'standby_logs' AS place, id, content, region, stored_at, request_id FROM standby_logs
),
versions AS (
    SELECT
        id, content, region, stored_at,
        MAX(CASE WHEN place = 'primary_table' THEN 1 ELSE 0 END) AS in_primary_table,
        MAX(CASE WHEN place = 'standby_table' THEN 1 ELSE 0 END) AS in_standby_table,
        MAX(CASE WHEN place = 'primary_logs' THEN 1 ELSE 0 END) AS in_primary_logs,
        MAX(CASE WHEN place = 'standby_logs' THEN 1 ELSE 0 END) AS in_standby_logs,
        COUNT(*) AS entries,
        MAX(request_id) AS request_id
    FROM evidence
    WHERE (SELECT MAX(since) FROM period) = '' OR id = '' OR id IN (SELECT id FROM touched)
    GROUP BY id, content, region, stored_at
),
suspects AS (
    SELECT DISTINCT id
    FROM versions
    WHERE in_primary_table + in_standby_table + in_primary_logs + in_standby_logs < (SELECT COUNT(*) FROM known_places)
)
SELECT
    versions.id, content, region, stored_at,
    in_primary_table, in_standby_table, in_primary_logs, in_standby_logs, entries,
    request_id
FROM versions
JOIN suspects ON suspects.id = versions.id
ORDER BY versions.id, stored_at, region
