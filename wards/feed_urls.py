"""Addresses of the pages of feeds, below /hospital/feeds/."""

from django.urls import path

from wards.views import feeds, identity

app_name = "feeds"
urlpatterns = [
    path("", feeds.feeds, name="feeds"),
    path("<int:feed_id>/", feeds.feed, name="feed"),
    path("<int:feed_id>/forget/", feeds.forget, name="forget"),
    path("messages/<int:message_id>/", feeds.message, name="message"),
    path("messages/<int:message_id>/replay/", feeds.replay_message, name="replay"),
    path("identity/", identity.questions, name="identity"),
    path("identity/<int:question_id>/", identity.decide, name="decide"),
]
