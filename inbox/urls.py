"""Addresses of the inbox. Those under /hospital/ are what clients of old use."""

from django.urls import path

from inbox.views import changes, data, history

app_name = "inbox"
urlpatterns = [
    path("inbox/", history.history, name="history"),
    path("hospital/patient-notifications/", history.history, name="patient_notifications"),
    path(
        "hospital/patient-notifications/<int:notification_id>/mark-read/",
        changes.mark_read,
        name="mark_read",
    ),
    path("hospital/api/notifications/unread-count/", data.unread_count, name="unread_count"),
    path("inbox/dropdown/", history.dropdown, name="dropdown"),
    path("inbox/frames/", data.frames, name="frames"),
    path("inbox/mark-all-read/", changes.mark_all_read, name="mark_all_read"),
    path("inbox/bulk/", changes.change_many, name="bulk"),
    path("inbox/<int:notification_id>/acknowledge/", changes.acknowledge, name="acknowledge"),
    path("inbox/<int:notification_id>/archive/", changes.archive, name="archive"),
    path("inbox/<int:notification_id>/snooze/", changes.snooze, name="snooze"),
]
