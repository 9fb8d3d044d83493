-- Report and export: how full each ward is. Occupied, available, in maintenance and being cleaned
-- add up to the total.
SELECT wards_cell(ward.name) AS "Ward Name", count(bed.id) AS "Total Beds",
    count(*) FILTER (WHERE bed.status = 'occupied') AS "Occupied",
    count(*) FILTER (WHERE bed.status = 'available') AS "Available",
    count(*) FILTER (WHERE bed.status = 'maintenance') AS "Maintenance",
    round(coalesce(
        100.0 * count(*) FILTER (WHERE bed.status = 'occupied') / nullif(count(bed.id), 0), 0
    ), 1) AS "Occupancy %%",
    count(*) FILTER (WHERE bed.status = 'cleaning') AS "Cleaning"
FROM wards_ward AS ward LEFT JOIN wards_bed AS bed ON bed.ward_id = ward.id
WHERE ward.hospital_id = %(hospital)s AND (%(ward)s::bigint IS NULL OR ward.id = %(ward)s::bigint)
GROUP BY ward.id ORDER BY ward.name, ward.id
