"""Counters: exact however many count at once, and whatever becomes of the transaction."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from wards.base import limits
from wards.models import Counter

LONG_AGO = "UPDATE wards_counter SET ends_at = now() - interval '1 second'"


def in_threads(number: int, ask: Callable[[int], bool]) -> list[bool]:
    def alone(each: int) -> bool:
        try:
            return ask(each)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(alone, range(number)))


def let_time_pass() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LONG_AGO)


@pytest.mark.django_db(transaction=True)
class TestCounting:
    def test_so_many_and_no_more(self) -> None:
        assert [limits.allowed("n", 2, 60) for _ in range(4)] == [True, True, False, False]
        assert limits.allowed("m", 2, 60)

    def test_many_at_once_do_not_slip_through(self) -> None:
        for _ in range(5):
            assert in_threads(8, lambda _: limits.allowed("n", 3, 60)).count(True) == 3
            limits.forget("n")

    def test_it_begins_anew_when_the_time_is_over(self) -> None:
        limits.allowed("n", 1, 60)
        assert not limits.allowed("n", 1, 60)
        let_time_pass()
        assert limits.allowed("n", 1, 60)
        assert not limits.allowed("n", 1, 60)

    def test_refused_tries_do_not_make_it_longer(self) -> None:
        limits.allowed("n", 1, 60)
        end = Counter.objects.get().ends_at
        limits.allowed("n", 1, 60)
        assert Counter.objects.get().ends_at == end > timezone.now()

    def test_what_is_taken_back_is_not_counted(self) -> None:
        for _ in range(3):
            assert limits.allowed("n", 1, 60)
            limits.take_back("n")
        limits.take_back("n")
        limits.take_back("unknown")
        assert Counter.objects.get().count == 0

    def test_what_is_rolled_back_has_been_counted(self) -> None:
        """As in the admin, whose pages are one transaction each."""
        for _ in range(2):
            with transaction.atomic():
                limits.allowed("n", 2, 60)
                transaction.set_rollback(True)
        assert not limits.allowed("n", 2, 60)

    def test_nobody_waits_for_a_transaction_that_has_counted(self) -> None:
        with transaction.atomic():
            limits.allowed("n", 2, 60)
            assert in_threads(1, lambda _: limits.allowed("n", 2, 60)) == [True]

    def test_marks_are_remembered_for_a_while(self) -> None:
        assert not limits.is_marked("n")
        limits.mark("n", 60)
        limits.mark("n", 60)
        assert limits.is_marked("n")
        let_time_pass()
        assert not limits.is_marked("n")

    def test_what_is_over_is_cleared(self) -> None:
        limits.allowed("old", 1, 60)
        let_time_pass()
        limits.allowed("new", 1, 60)
        limits.clear()
        assert [counter.key for counter in Counter.objects.all()] == ["new"]


@pytest.mark.django_db(transaction=True)
class TestTheFirst:
    def test_it_is_part_of_the_transaction(self) -> None:
        with transaction.atomic():
            assert limits.first("n", 60)
            transaction.set_rollback(True)
        assert limits.first("n", 60)
        assert not limits.first("n", 60)

    def test_of_many_at_once_one_is_the_first(self) -> None:
        def ask(_: int) -> bool:
            with transaction.atomic():
                return limits.first("n", 60)

        assert in_threads(8, ask).count(True) == 1

    def test_after_a_while_there_is_another(self) -> None:
        limits.first("n", 60)
        let_time_pass()
        assert limits.first("n", 60)
        assert not limits.first("n", 60)
