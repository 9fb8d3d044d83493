"""Whatever patients switch on and off: nothing goes where it is not wanted."""

from typing import Any

import pytest
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.channels import PATIENT_CHANNELS, Channel, Topic
from messaging.delivery import origins
from messaging.delivery.intents import Intent
from messaging.models import NotificationPreference
from messaging.statuses import Status
from tests.cast import Cast
from tests.messaging.people import MAIL, NUMBER, fresh, prepare, reminder
from wards.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(cast: Cast) -> Event:
    return reminder(cast)


switches = st.fixed_dictionaries(
    {
        name: st.booleans()
        for name in (
            "sms",
            "whatsapp",
            "email",
            "confirmations",
            "reminders",
            "results",
            "billing",
            "marketing",
        )
    }
)
routes = st.lists(
    st.lists(st.sampled_from(PATIENT_CHANNELS), min_size=1, max_size=3, unique=True).map(tuple),
    min_size=1,
    max_size=3,
    unique=True,
).map(tuple)
topics = st.sampled_from([topic for topic in Topic if topic != Topic.STAFF])


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    choices=switches,
    preferred=st.sampled_from(["", *PATIENT_CHANNELS]),
    chosen=routes,
    topic=topics,
    phone=st.sampled_from(["", "0501234567", "nonsense"]),
    mail=st.sampled_from(["", MAIL]),
)
def test_nothing_goes_where_it_is_not_wanted(
    event: Event,
    choices: dict[str, bool],
    preferred: str,
    chosen: Any,
    topic: Topic,
    phone: str,
    mail: str,
) -> None:
    """Never a channel that is off, never what is switched off, never news to who did not ask."""
    assert event.patient is not None
    person = fresh(event.patient)
    person.phone, person.email = phone, mail
    person.preference = NotificationPreference(
        hospital=event.hospital, patient=person, preferred_channel=preferred, **choices
    )
    every = prepare(Intent(event, person, "appointment_reminder_due", topic, chosen))
    assert len(every) == len(chosen)
    for message, route in zip(every, chosen, strict=True):
        with scopes_disabled():
            going = message.status == Status.QUEUED
            assert (message.reason == "") == going
            while going:
                assert choices[message.channel]
                assert topic == Topic.CARE or choices[topic]
                assert message.channel in route
                assert message.address == (mail if message.channel == Channel.EMAIL else NUMBER)
                going = origins.on_next_channel(message)
        works = [
            channel
            for channel in route
            if choices[channel]
            and (topic == Topic.CARE or choices[topic])
            and (mail if channel == Channel.EMAIL else phone == "0501234567")
        ]
        assert (message.status == Status.QUEUED) == bool(works), "and everything that may go goes"
