"""The documentation followed literally: its commands, in order, on a bare Debian.

`deploy/rehearse` does it in front of somebody; test_literally.py in CI.
"""
