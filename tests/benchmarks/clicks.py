"""The front desk: posts an arrival, and notes when it asked and when it was answered."""

import http.client
import time
from collections.abc import Iterator
from secrets import token_hex

from django.conf import settings

from tests import factories
from tests.benchmarks import crowd
from wards.models import Appointment, Hospital, Role, User


class FrontDesk:
    """Signed in, with as many appointments of `provider` before it as are to arrive."""

    def __init__(self, port: int, hospital: Hospital, provider: User, arrivals: int) -> None:
        patient = factories.create_patient(hospital)
        self._waiting: Iterator[Appointment] = iter(
            [
                factories.create_appointment(provider=provider, patient=patient)
                for _ in range(arrivals)
            ]
        )
        token = token_hex(16)
        session = factories.create_session(factories.create_user(hospital, Role.FRONT_DESK))
        self._headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Length": "0",
        }
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.connect()

    def click(self) -> float:
        """Asks for the next arrival; the time (monotonic, s) before it did."""
        path = f"/appointments/{next(self._waiting).pk}/arrive/"
        clicked = time.monotonic()
        self._connection.request("POST", path, headers=self._headers)
        return clicked

    def answered(self) -> float:
        """Serves the sockets until the answer begins; the time (monotonic, s) at which it did."""
        at = crowd.pump_until_readable(self._connection.sock, 10)
        response = self._connection.getresponse()
        response.read()
        assert response.status == 302, response.status
        return at

    def close(self) -> None:
        self._connection.close()
