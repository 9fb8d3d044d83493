"""Files of rows as spreadsheets write them. Knows no database.

`wards.base.csv_rows` is their front: what reads a file asks there.
"""
