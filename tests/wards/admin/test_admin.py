"""Django's admin has every model, shows one's own hospital only, and asks few queries for it."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.forms import ModelChoiceField
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from tests import factories
from tests.cast import Cast
from tests.test_architecture import INLINE
from tests.wards.admin.model_pages import (
    LOOKED_AT,
    MODELS,
    ONE_A_HOSPITAL,
    SHARED,
    each_model,
    errors,
    rows_of,
    rows_shown,
    url,
)
from wards.models import Bed, Role, User, Ward
from wards.web.admin import TenantAdmin


class TestEveryModel:
    def test_all_there_is_is_registered_and_keeps_hospitals_apart(self) -> None:
        assert {*MODELS, *SHARED} == set(admin.site._registry)
        assert all(isinstance(page, TenantAdmin) for page in admin.site._registry.values())

    @each_model
    def test_it_can_be_searched_and_has_a_list(self, model: Any) -> None:
        page = admin.site.get_model_admin(model)
        assert page.search_fields
        assert page.list_display != ("__str__",)

    @each_model
    def test_its_list_is_of_ones_own_hospital(self, alice: Client, both: Cast, model: Any) -> None:
        assert rows_shown(alice, model) == rows_of(both.hospital, model)
        assert rows_of(both.other_hospital, model), "there would be something to leak"

    @each_model
    def test_a_superuser_of_a_hospital_sees_no_other_either(
        self, client: Client, both: Cast, model: Any
    ) -> None:
        User.objects.filter(pk=both.alice.pk).update(is_superuser=True)
        factories.sign_in(client, User.objects.get(pk=both.alice.pk))
        assert rows_shown(client, model) == rows_of(both.hospital, model)

    @each_model
    def test_an_operator_sees_all(self, operator: Client, both: Cast, model: Any) -> None:
        expected = rows_of(both.hospital, model) | rows_of(both.other_hospital, model)
        assert rows_shown(operator, model, "?all=") >= expected

    @each_model
    def test_its_pages_of_a_row(self, alice: Client, both: Cast, model: Any) -> None:
        pk = min(rows_of(both.hospital, model))
        for page in ("change", "history"):
            assert alice.get(url(page, model, pk)).status_code == 200, page

    @each_model
    def test_another_hospitals_row_has_no_pages(
        self, alice: Client, both: Cast, model: Any
    ) -> None:
        pk = min(rows_of(both.other_hospital, model))
        for page in ("change", "history", "delete"):
            response = alice.get(url(page, model, pk))
            assert response.status_code in (302, 403), page
            if response.status_code == 302:
                assert response["Location"] == reverse("admin:index")

    @each_model
    def test_an_operators_pages(self, operator: Client, both: Cast, model: Any) -> None:
        pk = min(rows_of(both.other_hospital, model))
        assert operator.get(url("change", model, pk)).status_code == 200
        assert operator.get(url("add", model)).status_code in (200, 403)

    @each_model
    def test_searching_finds_and_does_not_break(
        self, alice: Client, both: Cast, model: Any
    ) -> None:
        assert rows_shown(alice, model, "?q=nobody-is-called-so") == set()

    @each_model
    def test_its_filters_work(self, alice: Client, model: Any) -> None:
        response = alice.get(url("changelist", model))
        for spec in response.context["cl"].filter_specs:
            for choice in spec.choices(response.context["cl"]):
                assert (
                    alice.get(url("changelist", model) + choice["query_string"]).status_code == 200
                )

    @each_model
    def test_its_list_takes_as_many_queries_for_many_rows(
        self, alice: Client, both: Cast, model: Any
    ) -> None:
        alice.get(url("changelist", model))
        few = queries(alice, model)
        for _ in range(4):
            factories.fill(both.hospital)
        many = queries(alice, model)
        assert len(rows_of(both.hospital, model)) > 4 or model in ONE_A_HOSPITAL
        assert many == few

    @each_model
    def test_it_fits_the_content_security_policy(
        self, alice: Client, both: Cast, model: Any
    ) -> None:
        pk = min(rows_of(both.hospital, model))
        for page in (url("changelist", model), url("change", model, pk)):
            html = alice.get(page).content.decode()
            for what in ("a script inline", "a handler inline", "a style inline"):
                found = INLINE[what].search(html)
                assert not found, f"{what} in {page}: {found.group()}"

    @pytest.mark.parametrize("role", [r for r in Role if r != Role.ADMIN])
    def test_other_roles_have_nothing_to_do_here(
        self, client: Client, cast: Cast, role: Role
    ) -> None:
        """Not even where somebody ticked "staff" for them."""
        user = cast.of_role(role)
        User.objects.filter(pk=user.pk).update(is_staff=True)
        factories.sign_in(client, User.objects.get(pk=user.pk))
        for model in MODELS:
            assert client.get(url("changelist", model)).status_code == 403


def queries(client: Client, model: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(url("changelist", model))
    return len(captured)


class TestChoices:
    @pytest.mark.parametrize("model", [m for m in MODELS if m not in LOOKED_AT])
    def test_a_form_offers_only_what_is_the_hospitals(self, both: Cast, model: Any) -> None:
        request = RequestFactory().get("/")
        request.user = both.alice
        page = admin.site.get_model_admin(model)
        with scope(hospital=both.hospital.pk):
            row = model.objects.get(pk=min(rows_of(both.hospital, model)))
            for form in (page.get_form(request, row, change=True), page.get_form(request)):
                for name, field in form.base_fields.items():
                    if isinstance(field, ModelChoiceField):
                        for choice in field.queryset or ():
                            owner = getattr(choice, "hospital_id", choice.pk)
                            assert owner == both.hospital.pk, f"{name}: {choice!r}"

    def test_autocompletion_finds_only_what_is_the_hospitals(
        self, alice: Client, both: Cast
    ) -> None:
        for model, field in (("bed", "ward"), ("dutyperiod", "user"), ("patient", "user")):
            answer = alice.get(
                reverse("admin:autocomplete"),
                {"app_label": "wards", "model_name": model, "field_name": field},
            ).json()
            found = {int(row["id"]) for row in answer["results"]}
            assert found
            assert found <= rows_of(both.hospital, Ward if field == "ward" else User)

    def test_what_was_not_offered_is_not_taken(self, alice: Client, both: Cast) -> None:
        form = {"hospital": both.hospital.pk, "ward": both.other_ward.pk, "number": "X"}
        response = alice.post(url("add", Bed), {**form, "status": "available"})
        assert "ward" in errors(response)

    def test_a_row_is_made_in_ones_own_hospital_whatever_the_form_says(
        self, alice: Client, both: Cast
    ) -> None:
        form = {"hospital": both.other_hospital.pk, "name": "New", "code": "NEW"}
        assert alice.post(url("add", Ward), form).status_code == 302
        with scopes_disabled():
            assert Ward.objects.get(code="NEW").hospital == both.hospital

    def test_an_operator_does_not_mix_hospitals(self, operator: Client, both: Cast) -> None:
        form = {"hospital": both.hospital.pk, "ward": both.other_ward.pk, "number": "X"}
        response = operator.post(url("add", Bed), {**form, "status": "available"})
        assert errors(response) == {"ward": ["This belongs to another hospital."]}
        form["ward"] = both.cardiology.pk
        response = operator.post(url("add", Bed), {**form, "status": "available"})
        assert response.status_code == 302

    def test_a_row_does_not_change_hospitals(self, operator: Client, both: Cast) -> None:
        form = {"hospital": both.other_hospital.pk, "name": "Heart", "code": "HEART"}
        assert operator.post(url("change", Ward, both.cardiology.pk), form).status_code == 302
        with scopes_disabled():
            ward = Ward.objects.get(pk=both.cardiology.pk)
        assert (ward.name, ward.hospital) == ("Heart", both.hospital)

    def test_what_exists_is_said_in_the_form(self, alice: Client, both: Cast) -> None:
        response = alice.post(url("add", Ward), {"name": "Another", "code": "CARD"})
        assert response.status_code == 200
        assert errors(response)

    def test_what_somebody_saves_in_between_is_said_on_the_page(
        self, alice: Client, both: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the check of the form and the writing."""
        page = admin.site.get_model_admin(Ward)
        save = page.save_model

        def second(*given: Any) -> None:
            factories.create_ward(both.hospital, "The first", code="NEW")
            save(*given)

        monkeypatch.setattr(page, "save_model", second)
        response = alice.post(url("add", Ward), {"name": "Another", "code": "NEW"}, follow=True)
        assert "Somebody else has just saved one like it" in response.content.decode()
        with scopes_disabled():
            assert not Ward.objects.filter(name="Another").exists()
