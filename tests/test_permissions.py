"""Who may do what: every address of the project × every role × both hospitals, from one table.

An address that is not in the table fails a test, so a new page says here who may see it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_scopes import scopes_disabled

from inbox.models import Notification
from tests import answers, costs, factories, feeds
from tests.addresses import MEMBERS, OPEN, OPERATOR, TABLE, UNAUTHORIZED, Row
from tests.cast import Cast
from tests.messaging import made_campaigns
from wards.models import Appointment, Event, Hospital, Patient, Role, User
from wards.operations import files

Status = Appointment.Status
# What other people's code guards: one entry each, tested at the end of this file; what
# providers sign (tests/messaging/delivery/test_webhooks.py); and the link that we signed ourselves
# (tests/messaging/contacts/test_preference_pages.py).
THIRD_PARTY = ("admin:", "account_", "webhooks:", "messaging:unsubscribe")


@pytest.fixture
def cast(borrowed_cast: Cast) -> Cast:
    """One for all the thousands of tests here."""
    return borrowed_cast


each_row = pytest.mark.parametrize("row", TABLE, ids=str)
each_row_with_an_object = pytest.mark.parametrize("row", [r for r in TABLE if r.about], ids=str)
POSTS = [row for row in TABLE if row.method == "POST"]
each_role = pytest.mark.parametrize("role", [*Role, OPERATOR])


def person(cast: Cast, role: str) -> User:
    return factories.create_operator() if role == OPERATOR else cast.of_role(role)


def create_object(about: str, cast: Cast, recipient: User, *, elsewhere: bool = False) -> int:
    """The id of what an address needs, in Rawdah General or in the other hospital."""
    hospital = cast.other_hospital if elsewhere else cast.hospital
    if about == "ward":
        return (cast.other_ward if elsewhere else cast.cardiology).pk
    if about == "bed":
        return (cast.other_bed if elsewhere else cast.bed).pk
    if about == "stay":
        ward = cast.other_ward if elsewhere else cast.cardiology
        return factories.create_admission(ward=ward).pk
    if about == "operation":
        return create_operation(hospital)
    if about == "message":
        return factories.create_delivered(hospital).pk
    if about == "answer":
        return answers.create_answer(hospital).pk
    if about == "bulk send":
        return made_campaigns.create_draft(hospital).pk
    if about == "template":
        return factories.create_template(hospital).pk
    if about == "price":
        return costs.create_price(hospital).pk
    if about == "filter":
        mine = recipient if recipient.hospital_id else cast.dana
        return costs.create_filter(cast.zed if elsewhere else mine).pk
    if about == "duty":
        user, ward = (cast.zed, cast.other_ward) if elsewhere else (cast.farid, cast.cardiology)
        return factories.create_duty(user, ward).pk
    if about == "patient":
        patient = cast.other_patient if elsewhere else cast.patient
        ward = cast.other_ward if elsewhere else cast.cardiology
        provider = None if elsewhere else cast.priya
        return factories.create_admission(patient=patient, ward=ward, provider=provider).patient_id
    if about == "result":
        patient = cast.other_patient if elsewhere else cast.patient
        ward, provider = (cast.other_ward, cast.zed) if elsewhere else (cast.cardiology, cast.priya)
        return int(factories.report_result(patient, ward=ward, provider=provider).data["result"])
    if about == "message of a visit":
        return create_message(cast.other_patient if elsewhere else cast.patient)
    if about == "feed":
        return feeds.create_feed(hospital, f"FAC{hospital.pk}").pk
    if about == "HL7 message":
        return feeds.create_message(hospital).pk
    if about == "question":
        return feeds.create_question(hospital).pk
    if about == "notification":
        return factories.create_notification(cast.zed if elsewhere else recipient).pk
    provider = factories.create_user(hospital, Role.PROVIDER) if elsewhere else cast.priya
    visit = factories.create_appointment(provider=provider, status=about)
    return visit.pk


def create_operation(hospital: Hospital) -> int:
    """One with all the files it can have."""
    operation = factories.create_operation(hospital)
    with scopes_disabled():
        for which in files.FILES:
            files.place(operation, which).write_text("id\n1\n")
        operation.save()
    return operation.pk


def create_message(patient: Patient) -> int:
    """About an appointment of the patient."""
    visit = factories.create_appointment(patient=patient)
    with scopes_disabled():
        booked = Event.objects.filter(appointment=visit).latest("id")
    return factories.create_message(patient, event=booked).pk


def ask(client: Client, row: Row, *args: int, **headers: str) -> HttpResponseBase:
    """One request to the row's address."""
    url = reverse(row.name, args=args)
    if row.method == "POST":
        response = client.post(url, row.data, headers=headers)
    else:
        response = client.get(url, headers=headers)
    b"".join(response)  # a download's file is closed at its end
    return response


def is_sign_in(response: HttpResponseBase) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/accounts/login/")


@each_row
@each_role
def test_role(client: Client, cast: Cast, row: Row, role: str) -> None:
    user = person(cast, role)
    args = [create_object(row.about, cast, user)] if row.about else []
    response = ask(factories.sign_in(client, user), row, *args)
    if role in row.allowed:
        assert response.status_code in row.answers
        assert not is_sign_in(response)
    elif role == OPERATOR and row.about:
        assert response.status_code in (403, 404)  # a hospital's objects do not exist for them
    else:
        assert response.status_code == 403


@each_row
def test_a_stranger(client: Client, cast: Cast, row: Row) -> None:
    args = [create_object(row.about, cast, cast.noor)] if row.about else []
    response = ask(client, row, *args)
    if row.stranger == OPEN:
        assert response.status_code in row.answers
    elif row.stranger == UNAUTHORIZED:
        assert response.status_code == 401
    else:
        assert is_sign_in(response)


@each_row_with_an_object
@each_role
def test_another_hospitals_object_does_not_exist(
    client: Client, cast: Cast, row: Row, role: str
) -> None:
    user = person(cast, role)
    pk = create_object(row.about, cast, user, elsewhere=True)
    response = ask(factories.sign_in(client, user), row, pk)
    if role == OPERATOR:
        assert response.status_code in (403, 404)
    else:
        assert response.status_code == 404
    with scopes_disabled():
        assert not Notification.objects.exclude(read_at=None, archived_at=None).exists()
        if row.about in Status.values:
            assert Appointment.objects.get(pk=pk).status == row.about, "and nothing happened to it"


@each_row_with_an_object
def test_the_other_hospitals_admin_finds_nothing_of_ours(
    client: Client, cast: Cast, row: Row
) -> None:
    pk = create_object(row.about, cast, cast.noor)
    assert ask(factories.sign_in(client, cast.zed), row, pk).status_code == 404


@each_row_with_an_object
@pytest.mark.parametrize("role", sorted(MEMBERS))
def test_what_never_was_does_not_exist(client: Client, cast: Cast, row: Row, role: str) -> None:
    user = person(cast, role)
    assert ask(factories.sign_in(client, user), row, 2**40).status_code == 404


ASKS_FIRST = {row.name for row in TABLE if row.method == "GET"}


@pytest.mark.parametrize("row", [r for r in POSTS if r.name not in ASKS_FIRST], ids=str)
def test_a_post_address_does_not_answer_get(client: Client, cast: Cast, row: Row) -> None:
    """Those that ask a question first do: their GET has a row of its own."""
    args = [create_object(row.about, cast, cast.alice)] if row.about else []
    factories.sign_in(client, cast.alice)
    assert ask(client, row._replace(method="GET"), *args).status_code == 405


@pytest.mark.parametrize("row", [r for r in POSTS if not r.name.startswith("api")], ids=str)
def test_a_forged_post_is_refused(cast: Cast, row: Row) -> None:
    """The API's addresses have no session to ride on."""
    client = factories.sign_in(Client(enforce_csrf_checks=True), cast.alice)
    args = [create_object(row.about, cast, cast.alice)] if row.about else []
    assert ask(client, row, *args).status_code == 403


@pytest.mark.parametrize("row", [r for r in TABLE if r.about == "notification"], ids=str)
def test_a_colleagues_notification_does_not_exist(client: Client, cast: Cast, row: Row) -> None:
    """Not even for those who administer the hospital."""
    notification = factories.create_notification(cast.noor)
    for user in (cast.omar, cast.alice, cast.mona):
        assert ask(factories.sign_in(client, user), row, notification.pk).status_code == 404
    with scopes_disabled():
        notification.refresh_from_db()
    assert notification.read_at is None
    assert notification.acknowledged_at is None


def test_a_nurse_has_no_board_where_they_are_not_on_duty(client: Client, cast: Cast) -> None:
    board = next(row for row in TABLE if row.name == "wards:board")
    factories.sign_in(client, cast.omar)
    assert ask(client, board, cast.renal.pk).status_code == 200
    assert ask(client, board, cast.cardiology.pk).status_code == 403


def test_a_provider_treats_their_own_patients_only(client: Client, cast: Cast) -> None:
    colleague = factories.create_user(cast.hospital, Role.PROVIDER)
    factories.sign_in(client, colleague)
    for name, status in (("start", Status.ARRIVED), ("complete", Status.IN_PROGRESS)):
        visit = factories.create_appointment(provider=cast.priya, status=status)
        row = next(row for row in TABLE if row.name == f"wards:appointment_{name}")
        assert ask(client, row, visit.pk).status_code == 403


# --- the table is whole -----------------------------------------------------------------------


def names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """The name of every address below a resolver, with its namespace."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from names(pattern, inner)
        else:
            assert isinstance(pattern, URLPattern)
            yield f"{namespace}{pattern.name or pattern.pattern}"


def test_every_address_is_in_the_table() -> None:
    ours = {name for name in names(get_resolver()) if not name.startswith(THIRD_PARTY)}
    assert ours == {row.name for row in TABLE}


# --- third parties ----------------------------------------------------------------------------


@each_role
def test_the_admin_is_for_staff(client: Client, cast: Cast, role: str) -> None:
    factories.sign_in(client, person(cast, role))
    response = client.get(reverse("admin:index"))
    assert response.status_code == (200 if role in (Role.ADMIN, OPERATOR) else 302)


def test_a_stranger_signs_in_to_the_admin_like_everybody(client: Client, cast: Cast) -> None:
    """Not by the admin's own form, which would go round the lock-out."""
    response = client.get(reverse("admin:index"), follow=True)
    assert response.request["PATH_INFO"] == "/accounts/login/"


def test_nobody_signs_up(client: Client, cast: Cast) -> None:
    answer: Callable[..., Any] = client.post
    before = User.objects.count()
    words = {"username": "eve", "password1": "a-long-enough-one", "password2": "a-long-enough-one"}
    assert answer("/accounts/signup/", words).status_code == 404
    assert User.objects.count() == before
