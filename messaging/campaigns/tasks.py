"""The worker's part of bulk sends."""

from celery import shared_task

from messaging.campaigns import runner


@shared_task
def run_campaign(campaign_id: int) -> None:
    """Works on a bulk send; safe to call twice and on several workers."""
    if runner.run(campaign_id):
        run_campaign.delay(campaign_id)  # for another worker
