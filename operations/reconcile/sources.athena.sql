-- The relations of compare.sql in Athena: run each statement once, with the locations filled in, then compare.sql.
--
-- What differs from DuckDB: external tables instead of files named in the query, names in lower case, and a payment's
-- content as text of all its attributes, in the order of their names, so that none has to be named. The digests of lines
-- are not verified here, which `dr reconcile` does before DuckDB reads them. An export lies in
-- <prefix>/AWSDynamoDB/<export id>/data/; the manifests lie beside it, not in it.

CREATE EXTERNAL TABLE primary_export (item map<string, map<string, string>>)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://<bucket>/<prefix>/AWSDynamoDB/<id of the primary region''s export>/data/';

CREATE VIEW primary_table AS
SELECT
    substr(item['pk']['s'], 9) AS id,
    array_join(
        transform(
            array_sort(filter(
                map_keys(item),
                name -> name NOT IN ('pk', 'kind', 'transactionid', 'region', 'storedat', 'requestid')
            )),
            name -> concat(
                name, '=', COALESCE(CAST(TRY_CAST(element_at(item[name], 'n') AS DECIMAL(38, 20)) AS VARCHAR),
                element_at(item[name], 's'), '')
            )
        ),
        chr(31)
    ) AS content,
    element_at(item, 'region')['s'] AS region,
    element_at(item, 'storedat')['s'] AS stored_at,
    '' AS logged_at,
    COALESCE(element_at(element_at(item, 'requestid'), 's'), '') AS request_id
FROM primary_export
WHERE item['pk']['s'] LIKE 'payment#%';

-- standby_export and standby_table: the same, with the standby region's export.

CREATE EXTERNAL TABLE primary_log_lines (
    id string, region string, storedat string, requestid string, digest string, content map<string, map<string, string>>
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://<the primary region''s bucket>/transaction-logs/';

CREATE VIEW primary_logs AS
SELECT
    COALESCE(id, '') AS id,
    array_join(
        transform(
            array_sort(map_keys(content)),
            name -> concat(
                name, '=', COALESCE(CAST(TRY_CAST(element_at(content[name], 'n') AS DECIMAL(38, 20)) AS VARCHAR),
                element_at(content[name], 's'), '')
            )
        ),
        chr(31)
    ) AS content,
    region,
    storedat AS stored_at,
    date_format("$file_modified_time" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%i:%s.%fZ') AS logged_at,
    COALESCE(requestid, '') AS request_id
FROM primary_log_lines;

-- standby_log_lines and standby_logs: the same, with the standby region's bucket.

CREATE VIEW known_places AS
SELECT place
FROM (VALUES ('primary_table'), ('standby_table'), ('primary_logs'), ('standby_logs')) AS known (place);

-- All times; or a moment such as '2026-01-31T00:00:00.000Z'.
CREATE VIEW period AS
SELECT '' AS since;

-- CREATE VIEW touched AS: the text of touched.sql.
