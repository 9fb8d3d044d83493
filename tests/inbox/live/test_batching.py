"""Many questions, one look: whoever asked is answered, or told that it failed."""

import asyncio
from collections.abc import Iterable

import pytest

from inbox.live.batching import Batch


@pytest.mark.django_db(transaction=True)
async def test_a_question_that_is_forgotten_leaves_nobody_waiting() -> None:
    def load(questions: Iterable[int]) -> dict[int, int]:
        return {each: each * 2 for each in questions if each != 2}

    batch: Batch[int, int] = Batch(load)
    asked = asyncio.gather(*map(batch.ask, (1, 2, 3)), return_exceptions=True)
    answers = await asyncio.wait_for(asked, 10)
    assert [type(answer) for answer in answers] == [KeyError] * 3
    assert await asyncio.wait_for(batch.ask(4), 10) == 8
