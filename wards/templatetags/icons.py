"""`{% icon "bell" %}`: a shape of the sprite, in the colour and the size of the text around it."""

from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
SPRITE = "vendor/bootstrap-icons/icons.svg"


@register.simple_tag
def icon(name: str, more: str = "", label: object = "") -> SafeString:
    """With further classes; silent to a screen reader unless it has a label."""
    if label:
        return format_html(
            '<svg class="icon{}" role="img" aria-label="{}"><title>{}</title>{}</svg>',
            f" {more}" if more else "",
            label,
            label,
            _shape(name),
        )
    return _silent(name, more)


@lru_cache(maxsize=512)
def _silent(name: str, more: str) -> SafeString:
    """Most icons of most pages; a queue of 500 rows has thousands of them."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true">{}</svg>', f" {more}" if more else "", _shape(name)
    )


def _shape(name: str) -> SafeString:
    return format_html('<use href="{}#{}"></use>', static(SPRITE), name)
