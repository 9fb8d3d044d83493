from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wards", "0006_find_patients"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("patient.registered", "Patient registered"),
                    ("patient.updated", "Patient's details changed"),
                    ("patient.admitted", "Patient admitted"),
                    ("patient.transferred", "Patient transferred"),
                    ("patient.discharged", "Patient discharged"),
                    ("patient.admission_cancelled", "Admission cancelled"),
                    ("patient.transfer_cancelled", "Transfer cancelled"),
                    ("patient.discharge_cancelled", "Discharge cancelled"),
                    ("bed.status_changed", "Bed status changed"),
                    ("appointment.booked", "Appointment booked"),
                    ("appointment.confirmed", "Appointment confirmed"),
                    ("appointment.rescheduled", "Appointment rescheduled"),
                    ("appointment.arrived", "Patient arrived"),
                    ("appointment.in_progress", "Appointment in progress"),
                    ("appointment.completed", "Appointment completed"),
                    ("appointment.cancelled", "Appointment cancelled"),
                    ("appointment.no_show", "Patient did not come"),
                    ("appointment.modified", "Appointment changed"),
                    ("appointment.reminder_due", "Appointment reminder due"),
                    ("appointment.follow_up_due", "Appointment follow-up due"),
                    ("test_result.ready", "Test result ready"),
                    ("test_result.critical", "Critical test result"),
                    ("duty.started", "Duty started"),
                    ("duty.ended", "Duty ended"),
                    ("duty.planned", "Duty planned"),
                    ("duty.changed", "Duty changed"),
                    ("duty.removed", "Duty removed"),
                    ("bulk_operation.completed", "Bulk operation completed"),
                    ("bulk_operation.failed", "Bulk operation failed"),
                    ("message.failed", "Message failed for good"),
                    ("messaging.failure_rate", "Many messages fail"),
                    ("provider.unreachable", "Message provider unreachable"),
                    ("system.info", "System information"),
                    ("system.warning", "System warning"),
                    ("system.error", "System error"),
                ],
                max_length=40,
                verbose_name="kind",
            ),
        ),
    ]
