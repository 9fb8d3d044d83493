-- Bulk sends to be checked or begun that no worker is at: how many, and how late the first is.
SELECT count(*), coalesce(extract(epoch FROM now() - min(
    coalesce(lease_until, CASE status WHEN 'scheduled' THEN scheduled_for END)
)), 0)
FROM messaging_bulksend
WHERE completed_at IS NULL AND status IN ('preparing', 'scheduled')
    AND (status = 'preparing' OR scheduled_for IS NULL OR scheduled_for <= now())
    AND (lease_until IS NULL OR lease_until < now())
