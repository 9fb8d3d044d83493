-- Whether patients were told of an order, the stay a patient is in, and the results that a report
-- may be of: by the filler's number, else by the placer's, without either by the time.
SELECT EXISTS (
    SELECT FROM wards_result AS other
    WHERE other.patient_id = %(patient)s AND other.letter_id IS NOT NULL AND (
        (other.placer <> ''
         AND other.placer = coalesce(nullif(%(placer)s::text, ''), result.placer))
        OR (other.filler <> ''
            AND other.filler = coalesce(nullif(%(filler)s::text, ''), result.filler))
    )
), bed.number, /* stay */, /* result */
FROM (SELECT) AS one
LEFT JOIN wards_admission AS stay
    ON stay.patient_id = %(patient)s AND stay.discharged_at IS NULL
LEFT JOIN wards_bed AS bed ON bed.id = stay.bed_id
LEFT JOIN wards_result AS result
    ON result.patient_id = %(patient)s AND result.code = ANY(%(codes)s::text[]) AND (
        (%(filler)s::text <> '' AND result.filler = %(filler)s::text)
        OR (%(placer)s::text <> '' AND result.placer = %(placer)s::text
            AND (%(filler)s::text = '' OR result.filler = ''))
        OR (%(filler)s::text = '' AND %(placer)s::text = ''
            AND result.filler = '' AND result.placer = ''
            AND result.observed_at = %(observed_at)s::timestamptz)
    )
ORDER BY result.filler = %(filler)s::text DESC, result.id DESC
LIMIT 3
