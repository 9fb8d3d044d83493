"""`manage.py createhospital`: the first thing in an empty installation."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django import forms
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from wards.actions.hospitals import Administrator, open_hospital
from wards.forms.hospital import NewHospital
from wards.models import Hospital

OF_HOSPITAL = ("name", "name_ar", "timezone", "language", "phone")
OF_ADMINISTRATOR = ("username", "first_name", "last_name", "email", "password")


class Command(BaseCommand):
    help = (
        "Open a hospital with its first administrator and, where --facility is given, its first "
        "feed. On a terminal what is not given is asked for; elsewhere it must be given, and the "
        "password comes on standard input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, field in NewHospital.base_fields.items():
            if name != "password":
                default = f" ({field.initial})" if field.initial else ""
                parser.add_argument(f"--{name.replace('_', '-')}", help=f"{field.label}{default}")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="the administrator's password is the first line of standard input",
        )

    def handle(self, **options: Any) -> None:
        given = {name: options[name] for name in NewHospital.base_fields if options.get(name)}
        if options["password_stdin"]:
            given["password"] = sys.stdin.readline().removesuffix("\n")
        values = self._ask(given) if sys.stdin.isatty() else self._defaults() | given
        form = NewHospital(values)
        if not form.is_valid():
            raise CommandError("\n".join(_sentences(form)))
        try:
            hospital = _open(form.cleaned_data)
        except IntegrityError:
            raise CommandError(
                "The user name or the facility was taken by somebody else at this moment."
            ) from None
        self.stdout.write(
            f"{hospital.name} is open: {values['username']} signs in and makes the other accounts."
        )

    def _defaults(self) -> dict[str, Any]:
        return {name: field.initial or "" for name, field in NewHospital.base_fields.items()}

    def _ask(self, values: dict[str, Any]) -> dict[str, Any]:
        """`values` with the rest from the terminal; what does not do is asked for again."""
        for name, field in NewHospital.base_fields.items():
            if name not in values:
                values[name] = _from_terminal(name, field)
            while name in (errors := NewHospital(values).errors):
                self.stderr.write("\n".join(map(str, errors[name])))
                values[name] = _from_terminal(name, field)
        return values


def _from_terminal(name: str, field: forms.Field) -> str:
    if name != "password":
        default = f" [{field.initial}]" if field.initial else "" if field.required else " [none]"
        return input(f"{field.label}{default}: ") or str(field.initial or "")
    while True:
        password = getpass.getpass(f"{field.label}: ")
        if password == getpass.getpass("The same again: "):
            return password


def _sentences(form: NewHospital) -> list[str]:
    """What is wrong, each with the option that says it."""
    return [
        f"--{name.replace('_', '-')}: {error}"
        for name, errors in form.errors.items()
        for error in errors
    ]


def _open(values: dict[str, Any]) -> Hospital:
    return open_hospital(
        Hospital(**{name: values[name] for name in OF_HOSPITAL}),
        Administrator(**{name: values[name] for name in OF_ADMINISTRATOR}),
        facility=values["facility"],
    )
