-- Every payment whose live version is not the restored one, with what speaks for it. See docs/restoring.md.
--
-- The same text runs in DuckDB on one machine and in Athena (Trino). It reads relations that `sources.duckdb.sql` and
-- `sources.athena.sql` make of the files:
--   restored, serving_table, other_table
--                  (id, state, request_id, region, stored_at): the table at the moment, and both live replicas now
--   primary_logs, standby_logs
--                  (id, state, request_id, region, stored_at, changed_at): changed_at is '' for an insert
--   answers        (request_id, taken, in_doubt): how many requests of that id the access logs show as answered 2xx, and
--                  as answered 5xx, after which nobody can tell
--   moment         (moment, answers_since): one row: what was restored, and where the access logs that were read begin
--
-- A state stands for all that a payment says: region, time, request and content. Who claims a request comes in turn: first
-- what was restored, then what was logged as inserted, by its time. A time before the moment claims too much, since the
-- restored table would hold it. A request that was answered once entitles one payment.

WITH tables AS (
    SELECT 'restored' AS place, id, state FROM restored
    UNION ALL
    SELECT 'serving' AS place, id, state FROM serving_table
    UNION ALL
    SELECT 'other' AS place, id, state FROM other_table
),
logged AS (
    SELECT DISTINCT id, state, request_id, region, stored_at
    FROM (
        SELECT id, state, request_id, region, stored_at, changed_at FROM primary_logs
        UNION ALL
        SELECT id, state, request_id, region, stored_at, changed_at FROM standby_logs
    ) AS lines
    WHERE changed_at = '' AND id <> ''
),
payments AS (
    SELECT
        id,
        MAX(CASE WHEN place = 'restored' THEN state END) AS restored,
        MAX(CASE WHEN place = 'serving' THEN state END) AS serving,
        MAX(CASE WHEN place = 'other' THEN state END) AS other
    FROM (
        SELECT place, id, state FROM tables
        UNION ALL
        SELECT 'logs' AS place, id, state FROM logged
    ) AS everything
    GROUP BY id
),
differing AS (
    SELECT id, restored, serving, other
    FROM payments
    WHERE restored IS NULL OR serving IS NULL OR other IS NULL OR restored <> serving OR serving <> other
),
claims AS (
    SELECT restored.id, state, request_id, '' AS claimed, 0 AS is_logged
    FROM restored
    UNION ALL
    SELECT
        logged.id, logged.state, logged.request_id,
        CASE
            WHEN serving IS NULL AND other IS NULL THEN '~'
            WHEN stored_at < moment THEN '~'
            ELSE stored_at
        END AS claimed,
        1 AS is_logged
    FROM logged
    JOIN differing ON differing.id = logged.id
    CROSS JOIN moment
    WHERE restored IS NULL OR restored <> logged.state
    UNION ALL
    SELECT
        live.id, live.state, live.request_id,
        CASE
            WHEN restored IS NOT NULL OR by_id.id IS NOT NULL THEN '~~'
            WHEN live.stored_at < moment THEN '~'
            ELSE live.stored_at
        END AS claimed,
        0 AS is_logged
    FROM serving_table AS live
    JOIN differing ON differing.id = live.id
    CROSS JOIN moment
    LEFT JOIN (SELECT DISTINCT id FROM logged) AS by_id ON by_id.id = live.id
    LEFT JOIN logged AS same ON same.id = live.id AND same.state = live.state
    WHERE same.id IS NULL AND (restored IS NULL OR restored <> live.state)
),
wanted AS (
    SELECT DISTINCT request_id
    FROM claims
    WHERE claimed <> '' AND request_id <> ''
),
-- Of what was restored, the requests that are older than the access logs that were read.
earlier AS (
    SELECT restored.request_id, COUNT(*) AS requests
    FROM restored
    JOIN wanted ON wanted.request_id = restored.request_id
    CROSS JOIN moment
    WHERE stored_at < answers_since
    GROUP BY restored.request_id
),
ranked AS (
    SELECT
        claims.id, state, claims.request_id, claimed, is_logged,
        RANK() OVER (PARTITION BY claims.request_id ORDER BY claimed) AS first_rank,
        COUNT(*) OVER (
            PARTITION BY claims.request_id ORDER BY claimed RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS last_rank
    FROM claims
    JOIN wanted ON wanted.request_id = claims.request_id
),
judged AS (
    SELECT
        ranked.id, state, is_logged, first_rank,
        CASE
            WHEN last_rank <= COALESCE(taken, 0) + COALESCE(requests, 0) THEN 'answered'
            WHEN first_rank <= COALESCE(taken, 0) + COALESCE(requests, 0) + COALESCE(in_doubt, 0) THEN 'in doubt'
            ELSE 'unanswered'
        END AS verdict
    FROM ranked
    LEFT JOIN answers ON answers.request_id = ranked.request_id
    LEFT JOIN earlier ON earlier.request_id = ranked.request_id
    WHERE claimed <> ''
),
-- What a client was promised, and what is not there: versions from the log of which the request was answered.
promised AS (
    SELECT judged.id, COUNT(*) AS versions, MAX(judged.state) AS state
    FROM judged
    JOIN differing ON differing.id = judged.id
    WHERE is_logged = 1 AND verdict = 'answered' AND (serving IS NULL OR serving <> judged.state)
    GROUP BY judged.id
)
SELECT
    differing.id,
    restored,
    serving,
    other,
    COALESCE(live.region, '') AS region,
    COALESCE(live.stored_at, elsewhere.stored_at, '') AS stored_at,
    COALESCE(live.request_id, '') AS request_id,
    COALESCE(judged.verdict, '') AS verdict,
    COALESCE(judged.first_rank, 0) AS first_rank,
    COALESCE(judged.is_logged, 0) AS is_logged,
    CASE WHEN by_state.id IS NULL THEN 0 ELSE 1 END AS in_logs,
    COALESCE(promised.versions, 0) AS promised_versions,
    promised.state AS promised_state,
    COALESCE(kept.stored_at, '') AS promised_at
FROM differing
LEFT JOIN serving_table AS live ON live.id = differing.id
LEFT JOIN other_table AS elsewhere ON elsewhere.id = differing.id
LEFT JOIN judged ON judged.id = differing.id AND judged.state = differing.serving
LEFT JOIN logged AS by_state ON by_state.id = differing.id AND by_state.state = differing.serving
LEFT JOIN promised ON promised.id = differing.id
LEFT JOIN logged AS kept ON kept.id = promised.id AND kept.state = promised.state
WHERE NOT (restored IS NULL AND serving IS NULL AND other IS NULL AND promised.id IS NULL)
ORDER BY differing.id
