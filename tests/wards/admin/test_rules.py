"""The admin is no way round the actions, the roles or the audit trail; and what it shows."""

from typing import Any

import pytest
from django.contrib import admin
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from inbox.models import Notification
from tests import factories
from tests.cast import Cast
from tests.wards.admin.model_pages import (
    LOOKED_AT,
    each_model,
    errors,
    own_password,
    rows_of,
    rows_shown,
    url,
)
from wards.models import Admission, Appointment, Bed, Event, Feed, Hospital, Patient, Role, User
from wards.web.admin import ViewOnlyAdmin


class TestWhatOnlyActionsDo:
    @each_model
    def test_what_is_looked_at_cannot_be_added_changed_or_deleted(
        self, operator: Client, both: Cast, model: Any
    ) -> None:
        looked_at = isinstance(admin.site.get_model_admin(model), ViewOnlyAdmin)
        assert looked_at == (model in LOOKED_AT)
        if looked_at:
            pk = min(rows_of(both.hospital, model))
            for page, args in (("add", ()), ("change", (pk,)), ("delete", (pk,))):
                assert operator.post(url(page, model, *args), {}).status_code == 403
            assert pk in rows_of(both.hospital, model)

    def test_nothing_is_deleted_from_a_list_of_what_is_looked_at(
        self, operator: Client, both: Cast
    ) -> None:
        response = operator.get(url("changelist", Event))
        assert "delete_selected" not in response.content.decode()

    def test_a_stay_is_only_annotated(self, alice: Client, both: Cast) -> None:
        stay = factories.create_admission(ward=both.cardiology, bed=both.bed, reason="Chest pain")
        form = {"reason": "Angina", "ward": both.renal.pk, "discharged_at_0": "2026-01-01"}
        assert alice.post(url("change", Admission, stay.pk), form).status_code == 302
        with scopes_disabled():
            stay.refresh_from_db()
        assert (stay.reason, stay.ward, stay.discharged_at) == ("Angina", both.cardiology, None)
        for page, args in (("add", ()), ("delete", (stay.pk,))):
            assert alice.post(url(page, Admission, *args), {}).status_code == 403

    def test_an_appointment_is_not_moved(self, alice: Client, both: Cast) -> None:
        visit = factories.create_appointment(provider=both.priya)
        form = {"status": "completed", "duration": 45, "consent_verified": "on"}
        assert alice.post(url("change", Appointment, visit.pk), form).status_code == 302
        with scopes_disabled():
            visit.refresh_from_db()
        assert (visit.status, visit.duration, visit.consent_verified) == ("booked", 45, True)

    @pytest.mark.parametrize(
        ("before", "after", "allowed"),
        [
            ("available", "cleaning", True),
            ("maintenance", "available", True),
            ("occupied", "occupied", True),
            ("available", "occupied", False),
            ("occupied", "available", False),
            ("occupied", "cleaning", False),
        ],
    )
    def test_a_bed_is_not_taken_or_freed(
        self, alice: Client, both: Cast, before: str, after: str, allowed: bool
    ) -> None:
        bed = factories.create_bed(both.cardiology, status=before)
        form = {"ward": bed.ward_id, "number": bed.number, "status": after}
        response = alice.post(url("change", Bed, bed.pk), form)
        with scopes_disabled():
            bed.refresh_from_db()
        assert (response.status_code == 302) == allowed
        assert bed.status == (after if allowed else before)
        if not allowed:
            assert "admitting and discharging" in str(errors(response)["status"])


class TestUsers:
    def form(self, user: User, **changed: object) -> dict[str, object]:
        return {
            "username": user.username,
            "role": user.role,
            "language": user.language,
            "theme": user.theme,
            "code": user.code,
            "is_active": "on",
            **changed,
        }

    def test_a_new_one_works_in_ones_own_hospital(self, alice: Client, both: Cast) -> None:
        password = {"password1": "a-long-enough-one", "password2": "a-long-enough-one"}
        form = {
            **password,
            "username": "nina",
            "usable_password": "true",
            "role": "nurse",
            "language": "ar",
            "hospital": both.other_hospital.pk,
            **own_password(alice, both.alice),
        }
        assert alice.post(url("add", User), form).status_code == 302
        nina = User.objects.get(username="nina")
        assert (nina.hospital, nina.role, nina.language) == (both.hospital, "nurse", "ar")
        assert nina.check_password("a-long-enough-one")
        assert not nina.is_superuser

    def test_an_operator_says_which_hospital(self, operator: Client, both: Cast) -> None:
        password = {"password1": "a-long-enough-one", "password2": "a-long-enough-one"}
        form = {**password, "username": "nina", "usable_password": "true", "role": "nurse"}
        form |= own_password(operator, User.objects.get(hospital=None))
        response = operator.post(url("add", User), {**form, "language": "en"})
        assert "hospital" in errors(response)
        form = {**form, "language": "en", "hospital": str(both.other_hospital.pk)}
        assert operator.post(url("add", User), form).status_code == 302
        assert User.objects.get(username="nina").hospital == both.other_hospital

    def test_a_role_and_a_language_can_be_changed(self, alice: Client, both: Cast) -> None:
        shown = own_password(alice, both.alice)
        form = self.form(both.noor, role="hospital_manager", language="ar", **shown)
        assert alice.post(url("change", User, both.noor.pk), form).status_code == 302
        both.noor.refresh_from_db()
        assert (both.noor.role, both.noor.language) == ("hospital_manager", "ar")

    def test_nobody_makes_themselves_more_than_they_are(self, alice: Client, both: Cast) -> None:
        shown = own_password(alice, both.alice)
        form = self.form(both.alice, is_staff="on", is_superuser="on", hospital="", **shown)
        assert alice.post(url("change", User, both.alice.pk), form).status_code == 302
        both.alice.refresh_from_db()
        assert not both.alice.is_superuser
        assert both.alice.hospital == both.hospital

    def test_a_superuser_is_only_looked_at(self, alice: Client, both: Cast) -> None:
        boss = factories.create_user(both.hospital, Role.ADMIN, is_superuser=True)
        password = reverse("admin:auth_user_password_change", args=[boss.pk])
        words = {"password1": "a-long-enough-one", "password2": "a-long-enough-one"}
        assert alice.get(url("change", User, boss.pk)).status_code == 200
        assert alice.post(url("change", User, boss.pk), self.form(boss)).status_code == 403
        assert alice.post(url("delete", User, boss.pk), {"post": "yes"}).status_code == 403
        assert alice.post(password, words).status_code == 403

    def test_another_hospitals_password_cannot_be_set(self, alice: Client, both: Cast) -> None:
        words = {"password1": "a-long-enough-one", "password2": "a-long-enough-one"}
        page = reverse("admin:auth_user_password_change", args=[both.zed.pk])
        assert alice.post(page, words).status_code == 404
        assert User.objects.get(pk=both.zed.pk).password == both.zed.password

    def test_who_did_something_cannot_be_deleted(self, alice: Client, both: Cast) -> None:
        factories.record_event(both.hospital, actor=both.noor)
        alice.post(url("delete", User, both.noor.pk), {"post": "yes"})
        assert User.objects.filter(pk=both.noor.pk).exists()


class TestHospital:
    def form(self, **changed: object) -> dict[str, object]:
        given = {"name": "Rawdah", "timezone": "Asia/Riyadh", "language": "ar"}
        return given | {"result_letter_days": 7, **changed}

    def test_one_may_edit_ones_own(self, alice: Client, both: Cast) -> None:
        response = alice.post(url("change", Hospital, both.hospital.pk), self.form())
        assert response.status_code == 302
        both.hospital.refresh_from_db()
        assert (both.hospital.name, both.hospital.timezone) == ("Rawdah", "Asia/Riyadh")

    def test_but_not_say_which_feed_is_ones_own(self, alice: Client, both: Cast) -> None:
        with scope(hospital=both.hospital.pk):
            feed = Feed.objects.get(facility="RAWDAH")
        page = url("change", Feed, feed.pk)
        form = alice.get(page).context["adminform"].form.initial | {"facility": "STOLEN"}
        alice.post(page, {name: value for name, value in form.items() if value is not None})
        with scope(hospital=both.hospital.pk):
            feed.refresh_from_db()
            assert feed.facility == "RAWDAH"
        assert alice.get(url("add", Feed)).status_code == 403

    def test_nor_make_or_delete_one(self, alice: Client, both: Cast) -> None:
        assert alice.get(url("add", Hospital)).status_code == 403
        assert alice.get(url("delete", Hospital, both.hospital.pk)).status_code == 403

    def test_a_time_zone_that_is_none_is_refused(self, alice: Client, both: Cast) -> None:
        form = self.form(timezone="Asia/Nowhere")
        response = alice.post(url("change", Hospital, both.hospital.pk), form)
        assert "timezone" in errors(response)


class TestWhatIsShown:
    def cell(self, client: Client, model: Any, pk: Any, column: str) -> str:
        """The text of a cell of a list."""
        row = self.page(client, model).result_list.get(pk=pk)
        page = admin.site.get_model_admin(model)
        named = {getattr(c, "__name__", c): c for c in page.list_display}
        shown = named[column]
        return str(shown(row) if callable(shown) else getattr(page, shown)(row))

    def page(self, client: Client, model: Any) -> Any:
        return client.get(url("changelist", model)).context["cl"]

    def test_a_status_is_a_badge(self, alice: Client, both: Cast) -> None:
        html = alice.get(url("changelist", Bed)).content.decode()
        assert '<span class="wb-badge wb-badge-success">Available</span>' in html
        assert "css/admin.css" in html

    def test_a_notification_is_read_or_unread(self, alice: Client, both: Cast) -> None:
        notification = factories.create_notification(both.noor)
        with scope(hospital=both.hospital.pk):
            assert "✗ Unread" in self.cell(alice, Notification, notification.pk, "read_status")
            Notification.objects.filter(pk=notification.pk).update(read_at=notification.created_at)
            assert "✓ Read" in self.cell(alice, Notification, notification.pk, "read_status")

    def test_how_far_a_notification_came_is_told_by_icons(self, alice: Client, both: Cast) -> None:
        notification = factories.create_notification(both.noor)
        with scope(hospital=both.hospital.pk):
            icons = self.cell(alice, Notification, notification.pk, "delivery")
            assert 'aria-label="Delivered in the app"' in icons
            assert "Seen" not in icons
            Notification.objects.filter(pk=notification.pk).update(
                seen_at=notification.created_at, acknowledged_at=notification.created_at
            )
            icons = self.cell(alice, Notification, notification.pk, "delivery")
        assert "<title>Seen</title>" in icons
        assert "<title>Acknowledged</title>" in icons

    @pytest.mark.parametrize("word", ["Potassium", "sodium too", "noor", "Nasser"])
    def test_a_notification_is_found_by_title_message_and_recipient(
        self, alice: Client, both: Cast, word: str
    ) -> None:
        wanted = factories.create_notification(
            both.noor, title="Critical: Potassium", message="And sodium too"
        )
        factories.create_notification(both.omar, title="Admitted")
        assert rows_shown(alice, Notification, f"?q={word}") == {wanted.pk}

    def test_notifications_are_filtered_by_read(self, alice: Client, both: Cast) -> None:
        notification = factories.create_notification(both.noor)
        read = factories.create_notification(both.noor, read_at=notification.created_at)
        assert rows_shown(alice, Notification, "?read=yes") == {read.pk}
        assert notification.pk in rows_shown(alice, Notification, "?read=no")
        assert read.pk not in rows_shown(alice, Notification, "?read=no")

    def test_an_operator_is_told_whose_a_row_is(self, operator: Client, both: Cast) -> None:
        html = operator.get(url("changelist", Patient)).content.decode()
        assert "Other Hospital" in html
        assert "hospital__id__exact" in html, "and may filter by it"

    def test_others_are_not_offered_the_hospitals(self, alice: Client, both: Cast) -> None:
        html = alice.get(url("changelist", Patient)).content.decode()
        assert "Other Hospital" not in html

    def test_it_speaks_arabic(self, alice: Client, both: Cast) -> None:
        User.objects.filter(pk=both.alice.pk).update(language="ar")
        alice.cookies["django_language"] = "ar"
        assert 'dir="rtl"' in alice.get(url("changelist", Bed)).content.decode()


def test_signing_out_and_a_strange_address(alice: Client) -> None:
    answer: HttpResponseBase = alice.get("/admin/nowhere/")
    assert answer.status_code == 404
    assert alice.post(reverse("admin:logout")).status_code == 200
