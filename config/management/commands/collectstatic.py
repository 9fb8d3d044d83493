"""Django's collectstatic, always into the storage that production reads, for everybody to read.

Until it has run there is no manifest, and settings.py serves static files from their sources.
"""

import os
from typing import Any

from django.contrib.staticfiles.management.commands import collectstatic

from config.bundles import BundledStorage


class Command(collectstatic.Command):
    """Whoever runs it, and with whatever umask: the processes are other users."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Without these: the modes of what people upload, which are nobody else's business.
        self.storage = BundledStorage(file_permissions_mode=0o644, directory_permissions_mode=0o755)

    def handle(self, **options: Any) -> str | None:
        """As Django's; the compressed copies, too, are readable."""
        before = os.umask(0o022)
        try:
            result: str | None = super().handle(**options)
        finally:
            os.umask(before)
        return result
