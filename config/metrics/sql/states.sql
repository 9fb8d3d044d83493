-- All messages by channel and status, out of the tallies: each hospital's own rows, by the index
-- that begins with it; whole months, and what is not yet added up to them.
SELECT cell.channel, cell.status, sum(cell.messages)
FROM wards_hospital AS hospital CROSS JOIN LATERAL (
    SELECT channel, status, messages FROM messaging_tally
    WHERE hospital_id = hospital.id AND cube = 'status' AND whole_month
    UNION ALL
    SELECT channel, status, messages FROM messaging_tally
    WHERE hospital_id = hospital.id AND cube = 'status' AND loose
) AS cell
GROUP BY cell.channel, cell.status
