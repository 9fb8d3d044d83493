"""Tables to save: CSV, or the workbook that is made of it."""

from typing import IO, Any, BinaryIO, cast

from django.core.files import File
from django.http import FileResponse, HttpRequest
from django.utils import translation

from wards.base.bidi import RIGHT_TO_LEFT
from wards.base.tables.packages import is_one as is_workbook
from wards.base.tables.writing import workbook_of

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 20 * 1024 * 1024  # bytes of a CSV that a workbook is made of while somebody waits


def table(
    request: HttpRequest, file: IO[bytes] | File[bytes], name: str, *, ours: bool = True
) -> FileResponse:
    """The file to save under this name, without an ending.

    `?as=xlsx` asks for a workbook, which can be made of what is `ours`.
    """
    made: Any = file
    kind = "xlsx" if is_workbook(cast(BinaryIO, file)) else "csv"
    size = file.seek(0, 2)
    file.seek(0)
    if ours and kind == "csv" and request.GET.get("as") == "xlsx" and size <= LARGEST:
        rtl = translation.get_language() in RIGHT_TO_LEFT
        made, kind = workbook_of(cast(BinaryIO, file), rtl=rtl), "xlsx"
        file.close()
    return FileResponse(
        made,
        as_attachment=True,
        filename=f"{name}.{kind}",
        content_type=XLSX if kind == "xlsx" else CSV,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )
