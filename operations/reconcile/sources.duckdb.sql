-- The relations of compare.sql in DuckDB. Two macros: one reads the files of an export (or of a scan, which writes the
-- same), the other the lines of the transaction log. The numbers in a payment's metadata have more digits than JSON
-- readers keep, so a line is taken apart as text; it has one form, with its names in alphabetical order.

CREATE MACRO table_items(files) AS TABLE
SELECT
    substr(Item.pk.S, 9) AS id,
    TRY_CAST(Item.amount.N AS DECIMAL(24, 8)) AS amount,
    Item.currency.S AS currency,
    Item.metadata.S AS metadata,
    Item.region.S AS region,
    Item.storedAt.S AS stored_at
FROM read_json(
    files,
    format = 'newline_delimited',
    maximum_object_size = 1048576, -- an item has at most 400 KB; buffers are a multiple of it
    columns = {
        Item: 'STRUCT(
            pk STRUCT(S VARCHAR), amount STRUCT(N VARCHAR), currency STRUCT(S VARCHAR), metadata STRUCT(S VARCHAR),
            region STRUCT(S VARCHAR), "storedAt" STRUCT(S VARCHAR)
        )'
    }
)
WHERE Item.pk.S LIKE 'payment#%';

CREATE MACRO log_lines(files) AS TABLE
SELECT
    fields.id,
    TRY_CAST(fields.amount AS DECIMAL(24, 8)) AS amount,
    NULLIF(fields.currency, '') AS currency,
    NULLIF(fields.metadata, '') AS metadata,
    NULLIF(fields.region, '') AS region,
    NULLIF(fields.stored_at, '') AS stored_at
FROM (
    SELECT regexp_extract(
        line,
        '^\{"amount":"([0-9.]+)","currency":"([A-Z]{3})",(?:"metadata":(\{.*\}),)?"region":"([a-z0-9-]+)","storedAt":"([0-9TZ:.-]+)","transactionId":"([A-Za-z0-9_-]+)"\}$',
        ['amount', 'currency', 'metadata', 'region', 'stored_at', 'id']
    ) AS fields
    FROM read_csv(
        files, columns = {line: 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false,
        auto_detect = false, max_line_size = 1048576, buffer_size = 4194304
    )
);
