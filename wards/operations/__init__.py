"""Work on hundreds of rows: read, checked, applied in chunks, resumable and exact.

`rows` reads a file and knows no database. A `Job` (imports, assignments, discharges, exports) says
what one chunk of rows means; `runner` runs jobs. What pages call is in `wards.operations.actions`.
"""
