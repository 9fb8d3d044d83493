"""How the API reads what it is sent."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class JsonParser(JSONParser):
    """JSON; what is nested deeper than anything sensible is as wrong as what is none."""

    def parse(self, *args: Any, **how: Any) -> Any:
        try:
            return super().parse(*args, **how)
        except RecursionError:
            raise ParseError from None
