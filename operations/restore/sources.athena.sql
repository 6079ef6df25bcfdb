-- The relations of compare.sql in Athena: run each statement once, with the locations filled in, then compare.sql.
--
-- What differs from DuckDB: external tables instead of files named in the query, and names in lower case. The digests of
-- the log's lines are not verified here, and `dr restore repair` takes only what `dr restore plan` has compared. The
-- restored table must be exported first, beside both replicas; an export lies in <prefix>/AWSDynamoDB/<export id>/data/.

CREATE EXTERNAL TABLE restored_export (item map<string, map<string, string>>)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://<bucket>/<prefix>/AWSDynamoDB/<id of the restored table''s export>/data/';

CREATE VIEW restored AS
SELECT
    id,
    to_hex(sha256(to_utf8(concat(
        region, chr(30), stored_at, chr(30), request_id, chr(30), content,
        CASE WHEN is_payment THEN '' ELSE concat(chr(30), everything) END
    )))) AS state,
    request_id, region, stored_at
FROM (
    SELECT
        substr(item['pk']['s'], 9) AS id,
        COALESCE(element_at(element_at(item, 'requestid'), 's'), '') AS request_id,
        COALESCE(element_at(element_at(item, 'region'), 's'), '') AS region,
        COALESCE(element_at(element_at(item, 'storedat'), 's'), '') AS stored_at,
        COALESCE(
            element_at(element_at(item, 'kind'), 's') = 'payment'
            AND element_at(element_at(item, 'transactionid'), 's') = substr(item['pk']['s'], 9),
            false
        ) AS is_payment,
        json_format(CAST(item AS JSON)) AS everything,
        array_join(
            transform(
                array_sort(filter(
                    map_keys(item),
                    name -> name NOT IN ('pk', 'kind', 'transactionid', 'region', 'storedat', 'requestid')
                )),
                name -> concat(
                    name, ':', element_at(map_keys(item[name]), 1), '=',
                    COALESCE(
                        CAST(TRY_CAST(element_at(item[name], 'n') AS DECIMAL(38, 20)) AS VARCHAR),
                        element_at(map_values(item[name]), 1), ''
                    )
                )
            ),
            chr(31)
        ) AS content
    FROM restored_export
    WHERE item['pk']['s'] LIKE 'payment#%'
) AS items;

-- serving_export and serving_table, other_export and other_table: the same, with the exports of the region that serves
-- and of the other one.

CREATE EXTERNAL TABLE primary_log_lines (
    id string, region string, storedat string, changedat string, requestid string, digest string,
    content map<string, map<string, string>>
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://<the primary region''s bucket>/transaction-logs/';

CREATE VIEW primary_logs AS
SELECT
    id,
    to_hex(sha256(to_utf8(concat(
        region, chr(30), stored_at, chr(30), request_id, chr(30), content
    )))) AS state,
    request_id, region, stored_at, changed_at
FROM (
    SELECT
        COALESCE(id, '') AS id,
        COALESCE(requestid, element_at(element_at(content, 'requestid'), 's'), '') AS request_id,
        COALESCE(region, '') AS region,
        COALESCE(storedat, '') AS stored_at,
        COALESCE(changedat, '') AS changed_at,
        array_join(
            transform(
                array_sort(filter(map_keys(content), name -> name <> 'requestid')),
                name -> concat(
                    name, ':', element_at(map_keys(content[name]), 1), '=',
                    COALESCE(
                        CAST(TRY_CAST(element_at(content[name], 'n') AS DECIMAL(38, 20)) AS VARCHAR),
                        element_at(map_values(content[name]), 1), ''
                    )
                )
            ),
            chr(31)
        ) AS content
    FROM primary_log_lines
) AS lines;

-- standby_log_lines and standby_logs: the same, with the standby region's bucket.

-- The access logs of both regions, exported to S3 by CloudWatch Logs; each line begins with its time.
CREATE EXTERNAL TABLE access_lines (line string)
LOCATION 's3://<bucket>/<prefix of the export of both access logs>/';

CREATE VIEW answers AS
SELECT
    request_id,
    SUM(CASE WHEN status LIKE '2%' THEN 1 ELSE 0 END) AS taken,
    SUM(CASE WHEN status LIKE '5%' THEN 1 ELSE 0 END) AS in_doubt
FROM (
    SELECT
        json_extract_scalar(line, '$.requestId') AS request_id,
        json_extract_scalar(line, '$.status') AS status
    FROM (SELECT substr(line, strpos(line, '{')) AS line FROM access_lines) AS lines
    WHERE json_extract_scalar(line, '$.httpMethod') = 'POST' AND json_extract_scalar(line, '$.resourcePath') = '/payment'
) AS requests
GROUP BY request_id;

CREATE VIEW moment AS
SELECT '2026-01-31T12:00:00.000Z' AS moment, '2026-01-31T11:00:00.000Z' AS answers_since;
