-- The relations of compare.sql in DuckDB. Two macros: one reads the files of an export (or of a scan, which writes the
-- same), the other the lines of the transaction log. Of a payment's fields only the envelope is named here: what stands
-- behind a dollar sign is made of what the functions call a payment's content (`handlers.payments.logged_payment`).

CREATE MACRO table_items(files) AS TABLE
SELECT
    substr(Item.pk.S, 9) AS id,
    $item_content AS content,
    Item.region.S AS region,
    Item.storedAt.S AS stored_at,
    '' AS logged_at,
    COALESCE(Item.requestId.S, '') AS request_id
FROM read_json(
    files,
    format = 'newline_delimited',
    maximum_object_size = 1048576, -- an item has at most 400 KB; buffers are a multiple of it
    columns = {
        Item: 'STRUCT(
            pk STRUCT(S VARCHAR), region STRUCT(S VARCHAR), "storedAt" STRUCT(S VARCHAR), "requestId" STRUCT(S VARCHAR),
            $columns
        )'
    }
)
WHERE Item.pk.S LIKE 'payment#%';

-- The lines have been verified (`operations.reconcile.log_lines`): of one that was not in order only the SHA-256 is left,
-- and the id that it stated, if any. It is found as malformed.
CREATE MACRO log_lines(files, logged_at) AS TABLE
SELECT
    COALESCE(id, '') AS id,
    CASE WHEN malformed IS NULL THEN $line_content ELSE to_json(malformed)::VARCHAR END AS content,
    region,
    "storedAt" AS stored_at,
    logged_at,
    COALESCE("requestId", '') AS request_id
FROM read_json(
    files,
    format = 'newline_delimited',
    maximum_object_size = 1048576,
    ignore_errors = true,
    columns = {
        id: 'VARCHAR', region: 'VARCHAR', "storedAt": 'VARCHAR', "requestId": 'VARCHAR', content: 'STRUCT($columns)',
        malformed: 'VARCHAR'
    }
);
