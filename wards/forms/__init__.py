"""What people type into the pages of the wards."""

from wards.forms.appearance import LanguageForm, ThemeForm
from wards.forms.base import Blank
from wards.forms.booking import BookForm, CancelForm, RescheduleForm, When
from wards.forms.filters import BoardFilter, QueueFilter, Search
from wards.forms.patients import PatientFilter, PatientForm
from wards.forms.roster import DutyForm, Hours, RosterFilter
from wards.forms.stays import AdmitForm, DischargeForm, TakeBackForm, TransferForm

__all__ = [
    "AdmitForm",
    "Blank",
    "BoardFilter",
    "BookForm",
    "CancelForm",
    "DischargeForm",
    "DutyForm",
    "Hours",
    "LanguageForm",
    "PatientFilter",
    "PatientForm",
    "QueueFilter",
    "RescheduleForm",
    "RosterFilter",
    "Search",
    "TakeBackForm",
    "ThemeForm",
    "TransferForm",
    "When",
]
