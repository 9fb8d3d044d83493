-- By channel, for how long a lease has run out on a message that no carrier answered for.
SELECT channel.name, coalesce(extract(epoch FROM now() - min(due_at)), 0)
FROM unnest(%(channels)s::text[]) AS channel (name)
LEFT JOIN messaging_message AS message
    ON message.channel = channel.name AND message.status = 'sending' AND message.due_at <= now()
GROUP BY channel.name
