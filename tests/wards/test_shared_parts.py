"""Live parts that many fetch at once: one rendering, and nothing of one reader in it."""

import gzip
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.cast import Cast
from wards.models import Role, User
from wards.views import sharing
from wards.views.sharing import Rendered, Renderings

HTMX = {"HX-Request": "true"}


def rendered(text: str) -> Rendered:
    return Rendered(text.encode(), b"", text)


class Rendering:
    """One that takes as long as the test wants it to."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.times = 0

    def __call__(self) -> Rendered:
        self.times += 1
        number = self.times
        self.begun.set()
        assert self.may_end.wait(10)
        return rendered(f"rendering {number}")


def all_asked(pool: ThreadPoolExecutor, ask: Callable[[], str], number: int) -> list[Future[str]]:
    return [pool.submit(ask) for _ in range(number)]


def test_who_asks_while_it_is_read_gets_the_next_one_and_shares_it() -> None:
    """What is being read may be of before the news that one has heard of."""
    renderings, render = Renderings(every=0.05), Rendering()

    def ask() -> str:
        return renderings.of("board", render).etag

    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(ask)
        assert render.begun.wait(10)
        later = all_asked(pool, ask, 5)
        while len(renderings._next) == 0:
            pass
        render.may_end.set()
        assert first.result(10) == "rendering 1"
        assert {each.result(10) for each in later} == {"rendering 2"}


def test_what_is_not_the_same_is_not_shared() -> None:
    renderings = Renderings()
    one = renderings.of(("board", 1), lambda: rendered("ward 1"))
    other = renderings.of(("board", 2), lambda: rendered("ward 2"))
    assert (one.etag, other.etag) == ("ward 1", "ward 2")


def test_a_fault_is_everybodys_and_the_next_one_is_well() -> None:
    renderings = Renderings(every=0)

    def fail() -> Rendered:
        raise LookupError

    with pytest.raises(LookupError):
        renderings.of("board", fail)
    assert renderings.of("board", lambda: rendered("well")).etag == "well"


def test_nobody_waits_for_ever_for_a_turn_that_never_came(monkeypatch: pytest.MonkeyPatch) -> None:
    renderings = Renderings(every=0.05)
    renderings.of("board", lambda: rendered("first"))

    def fail() -> None:
        raise OSError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(sharing, "_give_connection_back", fail)
        with pytest.raises(OSError, match="gone"):
            renderings.of("board", lambda: rendered("never"))
    assert renderings.of("board", lambda: rendered("well")).etag == "well"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is asked for together with what."""
    seen: list[Any] = []
    of = sharing.renderings.of

    def noted(key: Any, render: Callable[[], Rendered]) -> Rendered:
        seen.append(key)
        return of(key, render)

    monkeypatch.setattr(sharing.renderings, "_every", 0)
    monkeypatch.setattr(sharing.renderings, "of", noted)
    return seen


def part(client: Client, address: str, **headers: str) -> Any:
    return client.get(address, headers={**HTMX, **headers})


def sign_in(user: User) -> Client:
    return factories.sign_in(Client(), user)


class TestWhoShares:
    def test_s13_the_same_role_in_the_same_language(self, cast: Cast, keys: list[Any]) -> None:
        nurse = factories.create_user(cast.hospital, Role.NURSE)
        factories.create_duty(nurse, cast.cardiology)
        address = f"/wards/{cast.cardiology.pk}/"
        for user in (cast.noor, nurse, cast.mona):
            assert part(sign_in(user), address).status_code == 200
        arabic = sign_in(nurse)
        arabic.cookies[settings.LANGUAGE_COOKIE_NAME] = "ar"
        part(arabic, address)
        noor, same, manager, in_arabic = keys
        assert noor == same
        assert len({noor, manager, in_arabic}) == 3

    @pytest.mark.parametrize("path", ["/arrivals/", "/wards/"])
    def test_s13_two_hospitals_never(self, cast: Cast, keys: list[Any], path: str) -> None:
        """The same role, language and address: only the hospital tells them apart."""
        assert (cast.alice.role, cast.zed.role) == (Role.ADMIN, Role.ADMIN)
        for user in (cast.alice, cast.zed):
            assert part(sign_in(user), path).status_code == 200
        assert len(set(keys)) == 2

    def test_s13_ones_own_queue_is_ones_own(self, cast: Cast, keys: list[Any]) -> None:
        other = factories.create_user(cast.hospital, Role.PROVIDER)
        for user in (cast.priya, other, cast.dana, cast.alice):
            part(sign_in(user), "/arrivals/")
        assert len(set(keys)) == 4

    def test_s13_whoever_may_not_see_it_gets_none(self, cast: Cast, keys: list[Any]) -> None:
        address = f"/wards/{cast.cardiology.pk}/"
        assert part(sign_in(cast.omar), address).status_code == 403
        assert part(sign_in(cast.zed), address).status_code == 404
        assert not keys

    @pytest.mark.parametrize(
        "path", ["/arrivals/", "/wards/", "/wards/{}/", "/wards/{}/?display=wall"]
    )
    def test_s13_nothing_of_a_reader_is_in_it(self, cast: Cast, path: str) -> None:
        factories.create_admission(ward=cast.cardiology, bed=cast.bed)
        factories.create_appointment(provider=cast.priya, starts_at=timezone.now())
        text = part(sign_in(cast.mona), path.format(cast.cardiology.pk)).content.decode()
        for personal in ("csrf", "Mona", cast.mona.username):
            assert personal not in text


class TestVersions:
    @pytest.fixture(autouse=True)
    def _at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sharing.renderings, "_every", 0)

    def test_who_has_it_already_is_sent_none(self, cast: Cast) -> None:
        noor, address = sign_in(cast.noor), f"/wards/{cast.cardiology.pk}/"
        first = part(noor, address)
        again = part(noor, address, **{"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        factories.create_admission(ward=cast.cardiology, bed=None)
        changed = part(noor, address, **{"If-None-Match": first["ETag"]})
        assert changed.status_code == 200
        assert changed["ETag"] != first["ETag"]

    def test_an_age_makes_no_other_version(self) -> None:
        """The page's script keeps it true."""
        row = '<li>Pat<time datetime="2026-11-27" data-ago title="x">{}</time></li>'
        young, old, other = (
            sharing._pack(row.replace("Pat", name).format(age).encode()).etag
            for name, age in (("Pat", "now"), ("Pat", "3 min"), ("Pam", "now"))
        )
        assert young == old != other

    def test_it_is_compressed_to_a_length_that_tells_nothing(self, cast: Cast) -> None:
        noor, address = sign_in(cast.noor), f"/wards/{cast.cardiology.pk}/"
        plain = part(noor, address).content
        packed = [part(noor, address, **{"Accept-Encoding": "gzip, br"}) for _ in range(12)]
        assert {gzip.decompress(each.content) for each in packed} == {plain}
        assert len({len(each.content) for each in packed}) > 3
        assert all(each["Content-Encoding"] == "gzip" for each in packed)
