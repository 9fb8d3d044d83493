"""Django's collectstatic, always into the storage that production reads.

Until it has run there is no manifest, and settings.py serves static files from their sources.
"""

from typing import Any

from django.contrib.staticfiles.management.commands import collectstatic
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Command(collectstatic.Command):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storage = CompressedManifestStaticFilesStorage()
