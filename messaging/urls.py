"""Addresses of messages, templates and preferences, below /notifications/."""

from django.urls import path

from messaging.views import (
    analytics,
    dashboard,
    editor,
    filters,
    messages,
    phone,
    preferences,
    prices,
    templates,
)

app_name = "messaging"
urlpatterns = [
    path("", dashboard.dashboard, name="home"),
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/<slug:table>.csv", analytics.export, name="analytics_export"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/retry/", messages.retry, name="retry"),
    path("messages/filters/", filters.save, name="filters"),
    path("messages/filters/<int:filter_id>/delete/", filters.delete, name="filter_delete"),
    path("messages/export/", messages.export, name="export"),
    path("messages/<int:message_id>/", messages.message, name="message"),
    path("messages/<int:message_id>/retry/", messages.retry_one, name="message_retry"),
    path("messages/<int:message_id>/cancel/", messages.cancel, name="message_cancel"),
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
    path("preferences/<int:patient_id>/", preferences.preferences_page, name="preferences"),
    path("phone/", phone.phone, name="phone"),
    path("phone/answer/", phone.answer, name="phone_answer"),
    path("unsubscribe/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
]
