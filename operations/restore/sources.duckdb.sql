-- The relations of compare.sql in DuckDB. Two macros: one reads the files of an export (or of a scan, which writes the
-- same), the other the verified lines of the transaction log. `item` and `content` are kept for the repair; compare.sql
-- does not read them.
--
-- A state covers every attribute of an item, whatever they are called, in the order of their names. Equal numbers become
-- equal text. The request has a column of its own, since the log may hold it beside the content.

CREATE MACRO content_of(attributes) AS
array_to_string(
    list_transform(
        list_sort(
            list_filter(
                map_keys(attributes),
                lambda name: name NOT IN ('pk', 'kind', 'transactionId', 'region', 'storedAt', 'requestId')
            )
        ),
        lambda name: concat(
            name, ':', map_keys(attributes[name])[1], '=',
            COALESCE(
                CAST(TRY_CAST(attributes[name]['N'] AS DECIMAL(38, 20)) AS VARCHAR), map_values(attributes[name])[1], ''
            )
        )
    ),
    chr(31)
);

CREATE MACRO state_of(region, stored_at, request_id, content) AS
sha256(concat(region, chr(30), stored_at, chr(30), request_id, chr(30), content));

CREATE MACRO table_items(files) AS TABLE
SELECT
    id,
    state_of(
        region, stored_at, request_id,
        concat(content_of(attributes), CASE WHEN is_payment THEN '' ELSE concat(chr(30), item) END)
    ) AS state,
    request_id, region, stored_at, item
FROM (
    SELECT
        substr(attributes['pk']['S'], 9) AS id,
        COALESCE(attributes['requestId']['S'], '') AS request_id,
        COALESCE(attributes['region']['S'], '') AS region,
        COALESCE(attributes['storedAt']['S'], '') AS stored_at,
        -- Otherwise no reader takes it for the payment that its key names.
        COALESCE(
            attributes['kind']['S'] = 'payment' AND attributes['transactionId']['S'] = substr(attributes['pk']['S'], 9),
            false
        ) AS is_payment,
        attributes, item
    FROM (
        SELECT item::VARCHAR AS item, CAST(item AS MAP(VARCHAR, MAP(VARCHAR, VARCHAR))) AS attributes
        FROM (
            -- Takes less CPU than `read_json` with a column of JSON.
            SELECT json -> 'Item' AS item
            FROM read_json_objects(files, format = 'newline_delimited', maximum_object_size = 1048576)
        )
    )
    WHERE attributes['pk']['S'] LIKE 'payment#%'
);

-- The lines have been verified: of one that was not in order only the SHA-256 is left, and it proves nothing.
CREATE MACRO log_lines(files) AS TABLE
SELECT
    id,
    state_of(region, stored_at, request_id, content_of(attributes)) AS state,
    request_id, region, stored_at, changed_at, content
FROM (
    SELECT
        COALESCE(id, '') AS id,
        COALESCE("requestId", attributes['requestId']['S'], '') AS request_id,
        COALESCE(region, '') AS region,
        COALESCE("storedAt", '') AS stored_at,
        COALESCE("changedAt", '') AS changed_at,
        attributes, content::VARCHAR AS content
    FROM (
        SELECT *, CAST(content AS MAP(VARCHAR, MAP(VARCHAR, VARCHAR))) AS attributes
        FROM read_json(
            files,
            format = 'newline_delimited',
            maximum_object_size = 1048576,
            columns = {
                id: 'VARCHAR', region: 'VARCHAR', "storedAt": 'VARCHAR', "changedAt": 'VARCHAR', "requestId": 'VARCHAR',
                content: 'JSON', malformed: 'VARCHAR'
            }
        )
    )
    WHERE malformed IS NULL
);
