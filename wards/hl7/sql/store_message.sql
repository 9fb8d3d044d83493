-- Writes a message, or finds and locks it; says whether its control id was used for another
-- content, and of which version the reference data are.
INSERT INTO wards_hl7message AS message (hospital_id, feed_id, processing, sending_application,
    sending_facility, control_id, digest, message_type, status, reason, raw, acknowledgement,
    received_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (sending_application, sending_facility, control_id, digest) WHERE control_id <> ''
DO UPDATE SET digest = excluded.digest
RETURNING id, xmax = 0, status, reason, acknowledgement,
    EXISTS (SELECT FROM wards_hl7message AS other
            WHERE other.sending_application = message.sending_application
            AND other.sending_facility = message.sending_facility
            AND other.control_id = message.control_id
            AND other.control_id <> '' AND other.digest <> message.digest),
    (SELECT version FROM wards_reference)
