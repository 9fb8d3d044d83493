-- Rows of a file whose address or number somebody has, in a line above or in the hospital.
-- Scalar subqueries, so that each is a look into an index: as joins they would read whole tables.
-- "+ 0" leaves only the indexes that begin with the address or number: where statistics are from
-- before a hospital's first patients, its own index looks as good, and each look reads all of them.
SELECT * FROM (
    SELECT line,
        (SELECT min(line) FROM incoming AS above
         WHERE above.email = new.email AND above.line < new.line) AS email_line,
        (SELECT min(line) FROM incoming AS above
         WHERE new.number <> '' AND above.number <> '' AND above.number = new.number
         AND above.line < new.line) AS number_line,
        coalesce(
            (SELECT true FROM wards_patient AS patient WHERE lower(patient.email) = new.email
             AND patient.hospital_id + 0 = %(hospital)s LIMIT 1),
            (SELECT true FROM wards_user AS someone WHERE lower(someone.email) = new.email
             AND someone.hospital_id + 0 = %(hospital)s LIMIT 1)
        ) AS email,
        (SELECT true FROM wards_patient AS patient
         WHERE new.number <> '' AND patient.number <> '' AND patient.number = new.number
         AND patient.hospital_id + 0 = %(hospital)s LIMIT 1) AS number
    FROM incoming AS new WHERE line >= %(first)s
) AS found
WHERE coalesce(email_line, number_line) IS NOT NULL OR coalesce(email, number)
