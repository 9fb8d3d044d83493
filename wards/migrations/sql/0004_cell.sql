-- wards_cell as migration 0004 made it.
CREATE FUNCTION wards_cell(cell text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- = + - @ tab and carriage return: what a spreadsheet takes for the beginning of a formula
    SELECT CASE WHEN ascii(cell) IN (61, 43, 45, 64, 9, 13) THEN '''' || cell ELSE cell END
$$;
