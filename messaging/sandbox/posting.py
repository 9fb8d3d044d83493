"""Tells customers' webhooks what became of their messages, again and again until they listen."""

import asyncio
import json
import random
from collections.abc import Sequence

import aiohttp

from messaging.sandbox.ledger import Ledger, Post
from messaging.sandbox.options import Options
from messaging.sandbox.signatures import sign

IN_HAND = 1000  # posts looked at together
LOOK_EVERY = 0.02  # seconds
FIRST_RETRY, LAST_RETRY = 0.25, 5.0  # seconds between tries; doubles
TIMEOUT = aiohttp.ClientTimeout(total=10)


class Poster:
    """Posts what is due in the ledger, several receipts in one request as big carriers do."""

    def __init__(self, ledger: Ledger, options: Options) -> None:
        self._ledger, self._options = ledger, options

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            while True:
                if not await self._round(session):
                    await asyncio.sleep(LOOK_EVERY)

    async def _round(self, session: aiohttp.ClientSession) -> int:
        posts = self._ledger.due(IN_HAND)
        if self._options.shuffle:
            random.shuffle(posts)
        by_url: dict[str, list[Post]] = {}
        for post in posts:
            by_url.setdefault(post.url, []).append(post)
        size = self._options.batch
        batches = (
            each[i : i + size] for each in by_url.values() for i in range(0, len(each), size)
        )
        await asyncio.gather(*(self._post(session, batch) for batch in batches))
        return len(posts)

    async def _post(self, session: aiohttp.ClientSession, posts: Sequence[Post]) -> None:
        body = json.dumps({"events": [post.payload for post in posts]}).encode()
        headers = {"Content-Type": "application/json"} | sign(self._options.secret, body)
        try:
            async with session.post(posts[0].url, data=body, headers=headers) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            status = 0
        if status == 429 or not 200 <= status < 500:
            tries = max(post.tries for post in posts)
            self._ledger.postpone(posts, min(FIRST_RETRY * 2**tries, LAST_RETRY))
        else:  # taken, or refused: then telling it again is no use
            self._ledger.ended(posts, str(status))
