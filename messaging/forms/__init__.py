"""What people type into the pages about messages."""

from messaging.forms.analytics import AnalyticsFilter
from messaging.forms.filters import MessageFilter, TemplateFilter
from messaging.forms.templates import NewTemplateForm, TemplateForm, TestForm

__all__ = [
    "AnalyticsFilter",
    "MessageFilter",
    "NewTemplateForm",
    "TemplateFilter",
    "TemplateForm",
    "TestForm",
]
