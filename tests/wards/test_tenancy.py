"""Nothing of another hospital is ever visible; forgetting the filter is an error, not a leak."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from django_scopes import get_scope, scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from inbox.models import Mailbox
from messaging.models import (
    CampaignRecipient,
    CampaignVariant,
    CarrierState,
    ConsentChange,
    MessageLog,
    TemplateVersion,
)
from tests import factories
from tests.cast import Cast
from wards.actions import admissions, appointments
from wards.base.refused import Refused
from wards.models import (
    Appointment,
    Bed,
    Counter,
    FeedNote,
    Heartbeat,
    Hospital,
    Outbox,
    Patient,
    PeriodicTask,
    ResultVersion,
    User,
    Ward,
    Withdrawal,
)
from wards.tenancy import TenantMiddleware

OURS = ("wards", "messaging", "inbox")
# Not scoped, each for its reason: the tenants themselves, who signs in before a hospital is
# known, counters that are reached through their user only, and what the installation's own is.
UNSCOPED = {Hospital, User, Mailbox, CarrierState, PeriodicTask, Counter, Heartbeat}
# Those without a hospital of their own belong to that of another row.
OWNERS = {Outbox: "event", Withdrawal: "event", MessageLog: "message", TemplateVersion: "template"}
OWNERS |= {
    CampaignVariant: "campaign",
    CampaignRecipient: "campaign",
    ConsentChange: "consent",
    FeedNote: "feed",
    ResultVersion: "result",
}
MODELS = [m for m in apps.get_models() if m._meta.app_label in OURS]
TENANT_MODELS: list[Any] = [m for m in MODELS if m not in UNSCOPED]
each_tenant_model = pytest.mark.parametrize(
    "model", TENANT_MODELS, ids=[m._meta.label_lower for m in TENANT_MODELS]
)


@pytest.fixture
def both(cast: Cast) -> Cast:
    """Two hospitals with rows of everything."""
    factories.fill(cast.hospital)
    factories.fill(cast.other_hospital)
    return cast


def hospital_of(row: models.Model) -> int:
    """The hospital a row belongs to, by the way its manager goes."""
    if hasattr(row, "hospital_id"):
        return int(row.hospital_id)
    return hospital_of(getattr(row, OWNERS[type(row)]))


@each_tenant_model
def test_without_a_scope_it_is_an_error(model: Any) -> None:
    queries: list[Callable[[], object]] = [
        lambda: model.objects.all(),
        lambda: model.objects.filter(pk=1),
        lambda: model.objects.get(pk=1),
        lambda: model.objects.count(),
        lambda: model.objects.update(pk=1),
        lambda: list(model.objects.exclude(pk=1)),
        lambda: model._default_manager.all(),
    ]
    for query in queries:
        with pytest.raises(ScopeError):
            query()


@each_tenant_model
def test_in_a_scope_only_ones_own_is_there(both: Cast, model: Any) -> None:
    with scopes_disabled():
        everything = {row.pk: hospital_of(row) for row in model.objects.all()}
    for hospital in (both.hospital, both.other_hospital):
        own = {pk for pk, owner in everything.items() if owner == hospital.pk}
        foreign = set(everything) - own
        assert own, "factories.fill() makes one of every tenant model in each hospital"
        assert foreign
        with scope(hospital=hospital.pk):
            assert set(model.objects.values_list("pk", flat=True)) == own
            assert model.objects.count() == len(own)
            assert not model.objects.filter(pk__in=foreign).exists()
            with pytest.raises(model.DoesNotExist):
                model.objects.get(pk=min(foreign))
            assert model.objects.filter(pk__in=foreign).update(**nothing(model)) == 0


def nothing(model: type[models.Model]) -> dict[str, models.F]:
    """Keyword arguments of an update that changes nothing."""
    return {model._meta.pk.name: models.F("pk")}


@each_tenant_model
def test_with_a_hospital_field_it_is_scoped_by_it(model: Any) -> None:
    names = {field.name for field in model._meta.get_fields()}
    assert "hospital" in names or OWNERS[model] in names
    with scope(hospital=4711):
        assert "4711" in str(model.objects.all().query)


def test_every_model_that_belongs_to_a_hospital_is_among_them() -> None:
    owned = {m for m in apps.get_models() if "hospital" in {f.name for f in m._meta.get_fields()}}
    assert owned - UNSCOPED <= set(TENANT_MODELS)
    assert len(TENANT_MODELS) >= 13, "the list is not empty by mistake"


def test_the_way_over_a_relation_is_scoped_too(both: Cast) -> None:
    with pytest.raises(ScopeError):
        both.cardiology.beds.count()
    with scope(hospital=both.other_hospital.pk):
        assert not both.cardiology.beds.exists()
        assert not both.hospital.patients.exists()
    with scope(hospital=both.hospital.pk):
        assert both.cardiology.beds.count() == 2


class TestMiddleware:
    """What a request sees depends on who is signed in."""

    def see(self, user: Any, path: str = "/") -> tuple[Any, str]:
        """The scope ("all" hospitals) and the time zone of a request by `user`."""
        seen: list[Any] = []

        def view(request: HttpRequest) -> HttpResponse:
            here = get_scope()
            seen.append(here.get("hospital") if here.get("_enabled", True) else "all")
            seen.append(timezone.get_current_timezone_name())
            return HttpResponse()

        request = RequestFactory().get(path)
        request.user = user
        TenantMiddleware(view)(request)
        return seen[0], seen[1]

    def test_the_scope_is_ones_hospital(self, cast: Cast) -> None:
        assert self.see(cast.noor)[0] == cast.hospital.pk
        assert self.see(cast.zed)[0] == cast.other_hospital.pk

    def test_nothing_without_signing_in(self, cast: Cast) -> None:
        assert self.see(AnonymousUser())[0] is None

    def test_nothing_for_an_operator_without_a_hospital(self, cast: Cast) -> None:
        operator = factories.create_operator()
        for path in ("/", "/inbox/", "/administration/"):
            assert self.see(operator, path)[0] is None

    def test_every_hospital_for_an_operator_in_the_admin(self, cast: Cast) -> None:
        assert self.see(factories.create_operator(), "/admin/wards/bed/")[0] == "all"

    def test_ones_own_for_everybody_else_in_the_admin(self, cast: Cast) -> None:
        assert self.see(AnonymousUser(), "/admin/")[0] is None
        assert self.see(cast.alice, "/admin/")[0] == cast.hospital.pk
        boss = factories.create_user(cast.hospital, is_superuser=True)
        assert self.see(boss, "/admin/")[0] == cast.hospital.pk

    def test_the_clock_is_the_hospitals(self, cast: Cast) -> None:
        Hospital.objects.filter(pk=cast.hospital.pk).update(timezone="Asia/Riyadh")
        assert self.see(User.objects.get(pk=cast.noor.pk))[1] == "Asia/Riyadh"
        assert self.see(cast.zed)[1] == "UTC"

    def test_it_ends_with_the_request(self, cast: Cast) -> None:
        self.see(cast.noor)
        with pytest.raises(ScopeError):
            Bed.objects.count()
        assert timezone.get_current_timezone_name() == "UTC"


def test_two_hospitals_may_number_alike(cast: Cast) -> None:
    """The cast's patients have the same number; each hospital finds its own."""
    with scope(hospital=cast.hospital.pk):
        assert Patient.objects.get(number="MRN-1") == cast.patient
    with scope(hospital=cast.other_hospital.pk):
        assert Patient.objects.get(number="MRN-1") == cast.other_patient


def test_an_action_cannot_reach_into_another_hospital(cast: Cast) -> None:
    stay = factories.create_admission(ward=cast.other_ward)
    visit = factories.create_appointment(patient=cast.other_patient)
    with scope(hospital=cast.hospital.pk):
        with pytest.raises(type(stay).DoesNotExist):
            admissions.discharge(admission=stay)
        with pytest.raises(Appointment.DoesNotExist):
            appointments.arrive(appointment=visit)
        with pytest.raises(Refused, match="not available"):
            admissions.admit(
                hospital=cast.hospital,
                patient=cast.patient,
                ward=cast.other_ward,
                bed=cast.other_bed,
            )
    with scope(hospital=cast.other_hospital.pk):
        assert Ward.objects.count() == 1
        assert Bed.objects.filter(status=Bed.Status.OCCUPIED).count() == 1
