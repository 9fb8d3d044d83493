"""The ledger of consent, and answers: read here, changed on the hospital's own pages."""

from django.contrib import admin

from messaging.models import AddressConsent, Answer, ConsentChange
from wards.web.admin import ViewOnlyAdmin


@admin.register(AddressConsent)
class AddressConsentAdmin(ViewOnlyAdmin[AddressConsent]):
    list_display = ["address", "channel", "ground", "stands", "since", "source", "actor"]
    list_filter = ["ground", "stands", "source", "channel"]
    search_fields = ["=address"]
    list_select_related = ["actor"]


@admin.register(ConsentChange)
class ConsentChangeAdmin(ViewOnlyAdmin[ConsentChange]):
    hospital_path = "consent__hospital"
    list_display = ["consent", "at", "stands", "source", "detail", "actor"]
    list_filter = ["source"]
    search_fields = ["=consent__address"]
    list_select_related = ["consent", "actor"]


@admin.register(Answer)
class AnswerAdmin(ViewOnlyAdmin[Answer]):
    list_display = ["__str__", "channel", "address", "at", "blocks", "became", "done_by"]
    list_filter = ["channel", "became"]
    search_fields = ["=address"]
    list_select_related = ["done_by"]
