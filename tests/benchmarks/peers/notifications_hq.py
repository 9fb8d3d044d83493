"""django-notifications-hq in a database of its own; a line on stdin makes it tell everybody once.

The line says "each" (a commit a row, its default) or "one" (one transaction for all); the answer is
how many seconds it took. Its last release declares `index_together`, which
Django 5.1 dropped: the option is let through and the index made by hand, so nothing is missing.
"""

import os
import sys
import time
import warnings
from contextlib import nullcontext

import dj_database_url
import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import options

MESSAGE = "Mrs Layla Haddad has arrived. " * 8


def main(recipients: int) -> None:
    warnings.simplefilter("ignore")
    options.DEFAULT_NAMES += ("index_together",)
    settings.configure(
        DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"])},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "notifications"],
        MIGRATION_MODULES={"contenttypes": None, "auth": None, "notifications": None},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON notifications_notification (recipient_id, unread)")

    from django.contrib.auth.models import User
    from notifications.signals import notify  # type: ignore[import-untyped]

    User.objects.bulk_create(User(username=f"nurse{number}") for number in range(recipients))
    everybody = list(User.objects.all())
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        with transaction.atomic() if line.strip() == "one" else nullcontext():
            notify.send(everybody[0], recipient=everybody, verb="test result", description=MESSAGE)
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
