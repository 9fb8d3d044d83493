from django.db import migrations

# Each hospital that had a sending facility gets the feed of that facility, and its messages.
FORWARD = """
INSERT INTO wards_feed (hospital_id, name, facility, application, is_active, authority,
    own_authorities, type_order, creates_people, changes_people, creates_places, networks,
    certificate, unclear, training, beds, death_codes)
SELECT id, hl7_facility, hl7_facility, '', true, '', '{}',
    '{MR,MRN,PI,PT,PN,HN,MC,NI,NH,NHSNMBR,NNSAU,IQAMA,SS,PPN,DL,AN,VN}',
    hl7_create_unknown, true, hl7_create_unknown, '{}', '', 'refuse', 'ignore', 'auto', '{}'
FROM wards_hospital WHERE hl7_facility <> '';
UPDATE wards_hl7message m SET feed_id = f.id
FROM wards_feed f WHERE f.hospital_id = m.hospital_id AND f.facility = m.sending_facility;
"""
BACK = """
UPDATE wards_hospital h SET hl7_facility = f.facility, hl7_create_unknown = f.creates_people
FROM wards_feed f WHERE f.hospital_id = h.id AND f.application = '';
"""


class Migration(migrations.Migration):
    dependencies = [("wards", "0010_feeds_identity_and_results")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
