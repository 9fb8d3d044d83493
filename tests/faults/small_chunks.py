"""A Celery worker that does bulk sends in many small steps: `python -m tests.faults.small_chunks`.

Only so that there is time to kill it between them; what it does is what every worker does.
"""

import sys

import django

STEP = 100  # people, lines or messages in a transaction


def main() -> None:
    django.setup()
    from config.celery import app
    from messaging.campaigns import patient_groups, queueing

    patient_groups.TOGETHER = queueing.TOGETHER = STEP
    words = "worker --loglevel WARNING --without-gossip --without-mingle --concurrency 1"
    app.worker_main([*words.split(), *sys.argv[1:]])


if __name__ == "__main__":
    main()
