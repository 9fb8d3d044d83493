-- wards_cell: a text as a cell of a file for spreadsheets. What one would take for a formula gets
-- an apostrophe before it, also behind a semicolon, where spreadsheets separate by those.
CREATE OR REPLACE FUNCTION wards_cell(cell text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- = + - @ tab and carriage return begin a formula: of the cell, or behind what may end one
    SELECT CASE WHEN ascii(cell) IN (61, 43, 45, 64, 9, 13) THEN '''' ELSE '' END
        || CASE WHEN cell ~ '[;\t\n\r][\s"]*[=+@-]'
            THEN regexp_replace(cell, '([;\t\n\r][\s"]*)(?=[=+@-])', '\1''', 'g') ELSE cell END
$$;
