"""Indexes for what is looked for again and again, in tables that may have millions of rows."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # made beside the work that goes on

    dependencies = [("wards", "0021_messages_by_meaning")]

    operations = [
        AddIndexConcurrently(
            "event",
            models.Index(
                fields=["at"], condition=Q(kind="appointment.completed"), name="visits_completed"
            ),
        ),
        AddIndexConcurrently(
            "appointment",
            models.Index(
                fields=["starts_at"],
                condition=Q(status__in=("booked", "confirmed")),
                name="appointments_expected",
            ),
        ),
    ]
