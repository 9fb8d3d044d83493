"""wards.password_hashing: many passwords at once are hashed in turn, and as Django does."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import hashers

from tests.processes import wait_for
from wards.accounts.password_hashing import Hasher

MOST = max(1, (os.cpu_count() or 1) // 2)


def test_it_is_djangos_own() -> None:
    ours, theirs = Hasher(), hashers.PBKDF2PasswordHasher()
    assert isinstance(hashers.get_hasher(), Hasher)
    assert ours.encode("a", "salt", 10) == theirs.encode("a", "salt", 10)
    assert hashers.check_password("a", theirs.encode("a", "salt"))


def test_half_of_the_processors_stay_free(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most = 0, 0
    lock, goes_on = threading.Lock(), threading.Event()

    def encode(*given: object) -> str:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        assert goes_on.wait(20)
        with lock:
            under_way -= 1
        return ""

    monkeypatch.setattr(hashers.PBKDF2PasswordHasher, "encode", encode)
    with ThreadPoolExecutor(MOST + 3) as pool:
        asked = [pool.submit(Hasher().encode, "a", "salt") for _ in range(MOST + 3)]
        wait_for(lambda: under_way == MOST)
        goes_on.set()
        for each in asked:
            each.result(20)
    assert most == MOST
