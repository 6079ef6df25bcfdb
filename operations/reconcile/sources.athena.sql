-- The relations of compare.sql in Athena: run each statement once, with the locations filled in, then compare.sql.
--
-- What differs from DuckDB: external tables instead of files named in the query, names in lower case, a SerDe that takes
-- the log's lines apart with the same pattern (each of its parts must be a column), and `payment#` cut off by Trino's
-- functions. An export lies in <prefix>/AWSDynamoDB/<export id>/data/; the manifests lie beside it, not in it.

CREATE EXTERNAL TABLE primary_export (
    item struct<
        pk: struct<s: string>, amount: struct<n: string>, currency: struct<s: string>, metadata: struct<s: string>,
        region: struct<s: string>, storedat: struct<s: string>
    >
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://<bucket>/<prefix>/AWSDynamoDB/<id of the primary region''s export>/data/';

CREATE VIEW primary_table AS
SELECT
    substr(item.pk.s, 9) AS id,
    TRY_CAST(item.amount.n AS DECIMAL(24, 8)) AS amount,
    item.currency.s AS currency,
    item.metadata.s AS metadata,
    item.region.s AS region,
    item.storedat.s AS stored_at
FROM primary_export
WHERE item.pk.s LIKE 'payment#%';

-- standby_export and standby_table: the same, with the standby region's export.

CREATE EXTERNAL TABLE primary_log_lines (
    amount string, currency string, with_metadata string, metadata string, region string, stored_at string, id string
)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
    'input.regex' = '^\\{"amount":"([0-9.]+)","currency":"([A-Z]{3})",("metadata":(\\{.*\\}),)?"region":"([a-z0-9-]+)","storedAt":"([0-9TZ:.-]+)","transactionId":"([A-Za-z0-9_-]+)"\\}$'
)
LOCATION 's3://<the primary region''s bucket>/transaction-logs/';

CREATE VIEW primary_logs AS
SELECT
    COALESCE(id, '') AS id,
    TRY_CAST(amount AS DECIMAL(24, 8)) AS amount,
    currency,
    metadata,
    region,
    stored_at
FROM primary_log_lines;

-- standby_log_lines and standby_logs: the same, with the standby region's bucket.

CREATE VIEW known_places AS
SELECT place
FROM (VALUES ('primary_table'), ('standby_table'), ('primary_logs'), ('standby_logs')) AS known (place);

CREATE VIEW period AS
SELECT '' AS since;
