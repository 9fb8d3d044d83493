"""Where providers tell what became of messages."""

from django.urls import path

from messaging import webhooks

app_name = "webhooks"
urlpatterns = [path("<slug:name>/", webhooks.messages, name="messages")]
