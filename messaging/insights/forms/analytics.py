"""Which days, and how they are taken together."""

from django import forms

from messaging.insights.spans import Span, Step

PERIODS = (7, 30, 90, 365)
USUAL = 30


class AnalyticsFilter(forms.Form):
    """`?days=`, or `?since=` and `?until=`; what is not understood is left out."""

    days = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=[(n, n) for n in PERIODS]
    )
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    by = forms.ChoiceField(required=False, choices=[(step.value, step.value) for step in Step])

    @property
    def chosen(self) -> tuple[Span, int | None]:
        """The days, and which of the usual periods that is, if it is one."""
        self.is_valid()
        given = self.cleaned_data
        span = Span.between(given.get("since"), given.get("until"))
        if span is not None:
            return span, None
        days = given.get("days") or USUAL
        return Span.of_days(days), days

    @property
    def step(self) -> Step:
        """The one asked for, or what suits the span."""
        span, _days = self.chosen
        asked = self.cleaned_data.get("by")
        return Step(asked) if asked else span.usual_step
