"""Whether what waits for a decision can wait: what the flags and the hospital's limits say."""

from collections.abc import Sequence

from wards.hl7.said import Report, Said
from wards.models import CriticalLimit, Hospital, LaboratoryFlag
from wards.results.flags import STARTER_FLAGS
from wards.results.interpretation import interpret_result
from wards.results.meanings import Interpretation
from wards.results.rules import Limit, Rules


def is_urgent(said: Sequence[Said], hospital: Hospital) -> bool:
    """Whether a message has a critical result, whomever it is about."""
    reports = [each for each in said if isinstance(each, Report)]
    if not reports:
        return False
    rules = _rules(reports, hospital)
    meanings = (interpret_result(each.observations, rules, each.status)[1] for each in reports)
    return any(meaning.interpretation is Interpretation.CRITICAL for meaning in meanings)


def _rules(reports: Sequence[Report], hospital: Hospital) -> Rules:
    observations = [each for report in reports for each in report.observations]
    codes = {code.value for each in observations for code in each.codes}
    limits = CriticalLimit.objects.filter(hospital=hospital, code__in=codes)
    flags = LaboratoryFlag.objects.filter(hospital=hospital)
    return Rules(
        own_flags={**STARTER_FLAGS, **{each.flag: Interpretation(each.meaning) for each in flags}},
        limits={each.code: Limit(each.low, each.high, each.unit) for each in limits},
        decimal=hospital.decimal_mark,
    )
