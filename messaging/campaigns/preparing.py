"""Works out the recipients of a bulk send and writes them down, some thousands a transaction."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

from django.db import connection

from messaging.campaigns import lists, patient_groups
from messaging.campaigns.patient_groups import Person
from messaging.campaigns.recipients import Composer
from messaging.models import Campaign, CampaignRecipient
from wards.base.jobs import Steps

OF_LISTS = (Campaign.Audience.LIST, Campaign.Audience.FILE)
Blocks = Iterator[list[Person]]
Rows = list[tuple[object, ...]]  # as COPY has them below


def steps(campaign: Campaign) -> Steps:
    """Writes the recipients anew, and what was counted into the fields of `campaign`.

    None of the steps is progress: it begins anew, and so may fail in the same place. Raises
    FileRefused where the file has changed meanwhile.
    """
    yield partial(_forget, campaign)
    from_list = campaign.audience in OF_LISTS
    brings = lists.brings if from_list else patient_groups.brings(campaign)
    composer = Composer(campaign, brings, keeps_all=from_list)
    blocks: Blocks = lists.people(campaign) if from_list else patient_groups.patients(campaign)
    for rows in _ahead(partial(_compose, campaign.pk, composer), blocks):
        campaign.total += len(rows)
        yield partial(_write, rows)
    campaign.included = sum(composer.cells.values())
    campaign.preview = {
        "cells": [[*cell, number] for cell, number in composer.cells.items()],
        "excluded": composer.excluded,
    }


def _ahead(compose: Callable[[list[Person]], Rows], blocks: Blocks) -> Iterator[Rows]:
    """What `compose` makes of each block.

    While the database writes one or reads on, the next two are composed: in a thread that knows no
    database, because a connection belongs to one.
    """
    with ThreadPoolExecutor(1, "composer") as pool:
        waiting = deque(pool.submit(compose, block) for block in islice(blocks, 2))
        while waiting:
            composed = waiting.popleft().result()
            waiting.extend(pool.submit(compose, block) for block in islice(blocks, 1))
            yield composed


def _forget(campaign: Campaign) -> None:
    CampaignRecipient.objects.filter(campaign=campaign).delete()
    campaign.total = campaign.included = campaign.queued = 0
    campaign.preview = {}


def _compose(campaign_id: int, composer: Composer, block: Sequence[Person]) -> Rows:
    return [(campaign_id, *composer.compose(person)) for person in block]


def _write(rows: Rows) -> None:
    with connection.cursor() as cursor:
        # The last step waits for the disk; what a crash of the server loses before is done again.
        cursor.execute("SET LOCAL synchronous_commit = off")
        with cursor.copy(COPY) as copy:
            for row in rows:
                copy.write_row(row)


COPY = """
COPY messaging_bulkrecipient (bulk_id, line, patient_id, appointment_id, starts_at, variant,
    version_id, parts, channel, fallbacks, address, country, language, "values", subject, body,
    excluded)
FROM STDIN
"""
