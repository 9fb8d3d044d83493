"""The worker's part of bulk operations."""

from celery import shared_task

from wards.operations import runner


@shared_task
def run_operation(operation_id: int) -> None:
    """Works on a bulk operation; safe to call twice and on several workers."""
    if runner.run(operation_id):
        run_operation.delay(operation_id)  # for another worker
