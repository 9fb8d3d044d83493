-- A temporary table of a hospital's patients by the end of their phone number: nobody writes a
-- number as the next one does. They are found by this, and compared in full by us.
DROP TABLE IF EXISTS pg_temp.numbers;
CREATE TEMPORARY TABLE numbers AS
SELECT id, right(
    regexp_replace(translate(phone, '٠١٢٣٤٥٦٧٨٩', '0123456789'), '\D', '', 'g'), 7
) AS ending
FROM wards_patient WHERE hospital_id = %(hospital)s AND phone <> '';
CREATE INDEX ON pg_temp.numbers (ending)
