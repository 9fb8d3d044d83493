"""What people type into the pages about messages."""

from messaging.forms.analytics import AnalyticsFilter
from messaging.forms.costs import BudgetForm, PriceForm
from messaging.forms.filters import MessageFilter, SaveFilterForm, TemplateFilter
from messaging.forms.templates import NewTemplateForm, TemplateForm, TestForm

__all__ = [
    "AnalyticsFilter",
    "BudgetForm",
    "MessageFilter",
    "NewTemplateForm",
    "PriceForm",
    "SaveFilterForm",
    "TemplateFilter",
    "TemplateForm",
    "TestForm",
]
