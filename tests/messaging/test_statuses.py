"""The moves of a message, from a list written independently of the table."""

from messaging.statuses import MOVES, Status, may_become

S = Status
ONWARDS = [S.QUEUED, S.SENDING, S.SENT, S.DELIVERED, S.READ]
ENDS = {S.READ, S.CANCELLED, S.SUPPRESSED}
TRIED_AGAIN = {S.FAILED, S.BOUNCED}


def test_every_state_is_in_the_table() -> None:
    assert set(MOVES) == set(S)


def test_on_its_way_a_message_only_goes_onwards() -> None:
    back = {
        (old, new)
        for old in ONWARDS
        for new in ONWARDS
        if may_become(old, new) and ONWARDS.index(new) <= ONWARDS.index(old)
    }
    assert not back


def test_s15_what_has_arrived_may_come_back_and_what_was_read_may_not() -> None:
    assert MOVES[S.DELIVERED] == {S.READ, S.BOUNCED}
    assert all(not MOVES[end] for end in ENDS)


def test_only_what_failed_begins_again() -> None:
    assert {old for old in S if may_become(old, S.QUEUED)} == TRIED_AGAIN
    assert {old for old in S if may_become(old, S.SENDING)} == TRIED_AGAIN | {S.QUEUED}


def test_what_has_left_the_house_is_not_taken_back() -> None:
    taken_back = {S.CANCELLED, S.SUPPRESSED}
    assert {old for old in S if MOVES[old] & taken_back} == TRIED_AGAIN | {S.QUEUED}


def test_nothing_becomes_what_it_is() -> None:
    assert not [state for state in S if may_become(state, state)]
