"""What workers do for bulk sends, in a process of its own (worker.py)."""

from io import BytesIO
from pathlib import Path
from time import perf_counter

from django.db import connection, transaction

from tests.benchmarks.worker import Verb, serve


def prepare(hospital: int, path: str) -> float:
    """From the form to the preview: all patients, or a file's rows."""
    from messaging.campaigns import actions, runner
    from messaging.campaigns.actions import Words
    from messaging.campaigns.preview import preview
    from messaging.models import Campaign
    from wards.models import Hospital, Role, User

    owner = Hospital.objects.get(pk=hospital)
    by = User.objects.filter(hospital=hospital, role=Role.FRONT_DESK)[0]
    source = None if path == "-" else BytesIO(Path(path).read_bytes())
    start = perf_counter()
    campaign = actions.create_campaign(
        hospital=owner,
        by=by,
        name="Flu season",
        audience=Campaign.Audience.FILE if source else Campaign.Audience.ALL,
        parameters={},
        topic="care",
        channels=["sms", "whatsapp", "email"],
        variants=[Words(*WORDS)],
        source=source,
    )
    runner.run(campaign.pk)
    campaign.refresh_from_db()
    found = preview(campaign)
    seconds = perf_counter() - start
    assert campaign.status == Campaign.Status.READY, campaign.failure
    assert found.included == campaign.total > 0, found.excluded
    return seconds


def queue(hospital: int, path: str) -> float:
    """Messages of the newest bulk send's recipients, from the click on."""
    from messaging.campaigns import actions, runner
    from messaging.models import Campaign, Message

    campaign = Campaign.objects.filter(hospital=hospital, status=Campaign.Status.READY).latest("pk")
    start = perf_counter()
    actions.send_campaign(campaign=campaign, by=campaign.created_by)
    runner.run(campaign.pk)
    seconds = perf_counter() - start
    assert Message.objects.filter(campaign=campaign).count() == campaign.included
    return seconds


def copy(hospital: int, path: str) -> float:
    """The floor: the same rows, bare COPY into the same table."""
    from messaging.models import Campaign

    campaign = Campaign.objects.filter(hospital=hospital).latest("pk")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ({ROWS}) TO STDOUT", {"bulk": campaign.pk}) as out:
            rows = b"".join(bytes(block) for block in out)
        start = perf_counter()
        with transaction.atomic(), cursor.copy(INTO) as into:
            into.write(rows)
        seconds = perf_counter() - start
        cursor.execute("DELETE FROM messaging_message WHERE key LIKE 'copy:%%'")
    return seconds


WORDS = (
    "",
    "Flu season",
    "Dear {first_name}, {hospital_name} vaccinates against the flu from Sunday on, without an "
    "appointment. Questions? {hospital_phone}.",
    "موسم الإنفلونزا",
    "السيد/ة {first_name}، التطعيم ضد الإنفلونزا متاح في {hospital_name} من يوم الأحد.",
)
COLUMNS = """hospital_id, patient_id, bulk_id, variant, key, topic, urgent, code, version_id,
    "values", channel, fallbacks, address, country, language, subject, body, parts, status, reason,
    due_at, attempts, tries, provider, provider_id, currency, created_at"""
ROWS = f"""
SELECT {COLUMNS.replace(" key,", " 'copy:' || key,")}
FROM messaging_message WHERE bulk_id = %(bulk)s ORDER BY id
"""
INTO = f"COPY messaging_message ({COLUMNS}) FROM STDIN"
VERBS: dict[str, Verb] = {"prepare": prepare, "queue": queue, "copy": copy}


if __name__ == "__main__":
    serve(VERBS)
