"""Versions: the newest words of a hospital's templates."""

from collections.abc import Iterable

from messaging.models import TemplateVersion

Versions = dict[tuple[int, str, str], TemplateVersion]  # by hospital, code and channel


def newest(wanted: Iterable[tuple[int, str]]) -> Versions:
    """The newest words of the active templates of these hospitals and codes, in one query."""
    pairs = {(hospital, code) for hospital, code in wanted if code}
    if not pairs:
        return {}
    found = (
        TemplateVersion.objects.filter(
            template__hospital__in={hospital for hospital, _ in pairs},
            template__code__in={code for _, code in pairs},
            template__is_active=True,
            template__deleted_at=None,
        )
        .select_related("template")
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    return {(v.template.hospital_id, v.template.code, v.template.channel): v for v in found}
