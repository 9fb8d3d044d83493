-- Bulk operations that wait for a worker: how many, and how long the first has.
SELECT count(*), coalesce(extract(epoch FROM now() - min(
    CASE status WHEN 'pending' THEN created_at ELSE coalesce(lease_until, now()) END
)), 0)
FROM wards_bulkoperation
WHERE status IN ('pending', 'processing')
    AND (status = 'pending' OR lease_until IS NULL OR lease_until < now())
