"""The templates a hospital begins with: good words in both languages for every row of the table."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django_scopes import scope

from messaging import rendering
from messaging.models import MessageTemplate, TemplateVersion
from wards.models import Hospital, Language

WORDS = Path(__file__).with_suffix(".toml")


@cache
def entries() -> tuple[dict[str, Any], ...]:
    """What is in default_templates.toml: each template once for each of its channels."""
    read: list[dict[str, Any]] = tomllib.loads(WORDS.read_text(encoding="utf-8"))["template"]
    return tuple({**entry, "channel": channel} for entry in read for channel in entry["channels"])


def install(
    hospital: Hospital,
    *,
    templates: Any = MessageTemplate,
    versions: Any = TemplateVersion,
) -> int:
    """Gives the hospital those it has never had, also deleted; returns how many.

    The models are named by the migration, which knows them as they were then.
    """
    with scope(hospital=hospital.pk), transaction.atomic():
        own = templates.objects.filter(hospital_id=hospital.pk)
        known = set(own.values_list("code", "channel"))
        new = [entry for entry in entries() if (entry["code"], entry["channel"]) not in known]
        made = templates.objects.bulk_create(_template(templates, hospital, each) for each in new)
        versions.objects.bulk_create(
            _version(versions, template, each) for template, each in zip(made, new, strict=True)
        )
    return len(made)


def on_hospital_saved(instance: Hospital, created: bool, raw: bool, **kwargs: object) -> None:
    """A new hospital has its templates from the start; rows that are loaded bring their own."""
    if created and not raw:
        install(instance)


def _template(templates: Any, hospital: Hospital, entry: dict[str, Any]) -> Any:
    arabic = hospital.language == Language.ARABIC
    return templates(
        hospital_id=hospital.pk,
        code=entry["code"],
        channel=entry["channel"],
        category=entry["category"],
        name=entry["name_ar"] if arabic else entry["name"],
    )


def _version(versions: Any, template: Any, entry: dict[str, Any]) -> Any:
    said = {
        "subject_en": entry.get("subject_en", ""),
        "body_en": entry["en"].strip(),
        "subject_ar": entry.get("subject_ar", ""),
        "body_ar": entry["ar"].strip(),
    }
    variables = rendering.placeholders_in("\n".join(said.values()))
    return versions(template_id=template.pk, number=1, variables=variables, **said)
