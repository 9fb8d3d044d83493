"""Addresses of messages and templates, and where carriers tell what became of messages."""

from django.urls import include, path

from messaging import webhooks
from messaging.campaigns.views import campaigns, changes, people, writing
from messaging.contacts.views import phone, preferences
from messaging.insights.views import analytics, dashboard, prices
from messaging.messages.views import answers, filters, messages
from messaging.templates.views import editor, templates

patterns = [
    path("", dashboard.dashboard, name="home"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/export/", analytics.export, name="analytics_export"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/retry/", messages.retry, name="retry"),
    path("messages/filters/", filters.save, name="filters"),
    path("messages/filters/<int:filter_id>/delete/", filters.delete, name="filter_delete"),
    path("messages/export/", messages.export, name="export"),
    path("messages/<int:message_id>/", messages.message, name="message"),
    path("messages/<int:message_id>/retry/", messages.retry_one, name="message_retry"),
    path("messages/<int:message_id>/cancel/", messages.cancel, name="message_cancel"),
    path("answers/", answers.answer_list, name="answers"),
    path("answers/<int:answer_id>/finish/", answers.answer_finish, name="answer_finish"),
    path("answers/<int:answer_id>/reply/", answers.answer_reply, name="answer_reply"),
    path("templates/", templates.template_list, name="templates"),
    path("templates/create/", editor.create, name="template_create"),
    path("templates/check/", editor.check, name="template_check"),
    path("templates/<int:template_id>/", templates.template, name="template"),
    path("templates/<int:template_id>/edit/", editor.edit, name="template_edit"),
    path("templates/<int:template_id>/toggle/", templates.toggle, name="template_toggle"),
    path("templates/<int:template_id>/test/", templates.test, name="template_test"),
    path("templates/<int:template_id>/delete/", templates.delete, name="template_delete"),
    path("prices/", prices.prices_page, name="prices"),
    path("prices/add/", prices.add, name="price_add"),
    path("prices/budget/", prices.budget, name="budget"),
    path("prices/<int:price_id>/edit/", prices.edit, name="price_edit"),
    path("prices/<int:price_id>/delete/", prices.delete, name="price_delete"),
    path("bulk/", campaigns.campaign_list, name="bulks"),
    path("bulk/new/", writing.create, name="bulk_new"),
    path("bulk/check/", writing.check, name="bulk_check"),
    path("bulk/sample/", writing.sample, name="bulk_sample"),
    path("bulk/remind/", changes.remind, name="bulk_remind"),
    path("bulk/<int:campaign_id>/", campaigns.campaign, name="bulk"),
    path("bulk/<int:campaign_id>/people/", people.people, name="bulk_people"),
    path("bulk/<int:campaign_id>/edit/", writing.edit, name="bulk_edit"),
    path("bulk/<int:campaign_id>/send/", changes.send, name="bulk_send"),
    path("bulk/<int:campaign_id>/unschedule/", changes.unschedule, name="bulk_unschedule"),
    path("bulk/<int:campaign_id>/approve/", changes.approve, name="bulk_approve"),
    path("bulk/<int:campaign_id>/decline/", changes.decline, name="bulk_decline"),
    path("bulk/<int:campaign_id>/pause/", changes.pause, name="bulk_pause"),
    path("bulk/<int:campaign_id>/resume/", changes.resume, name="bulk_resume"),
    path("bulk/<int:campaign_id>/cancel/", changes.cancel, name="bulk_cancel"),
    path("bulk/<int:campaign_id>/retry/", changes.retry, name="bulk_retry"),
    path("bulk/<int:campaign_id>/errors/", campaigns.errors, name="bulk_errors"),
    path("preferences/<int:patient_id>/", preferences.preferences_page, name="preferences"),
    path("preferences/<int:patient_id>/consent/", preferences.consent_change, name="consent"),
    path("phone/", phone.phone, name="phone"),
    path("phone/answer/", phone.answer, name="phone_answer"),
    path("unsubscribe/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
]

urlpatterns = [
    path("notifications/", include((patterns, "messaging"))),
    path(
        "webhooks/messages/",
        include(([path("<slug:name>/", webhooks.messages, name="messages")], "webhooks")),
    ),
]
