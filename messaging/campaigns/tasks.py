"""The worker's part of bulk sends."""

from celery import shared_task

from messaging.campaigns import runner


@shared_task
def run_bulk(bulk_id: int) -> None:
    """Works on a bulk send; safe to call twice and on several workers."""
    if runner.run(bulk_id):
        run_bulk.delay(bulk_id)  # for another worker
