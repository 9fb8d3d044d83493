"""What people type into the pages of the wards."""

from wards.forms.appearance import LanguageForm, ThemeForm
from wards.forms.booking import BookForm, CancelForm, RescheduleForm, When
from wards.forms.filters import BoardFilter, QueueFilter
from wards.forms.patients import PatientFilter, PatientForm
from wards.forms.stays import AdmitForm, DischargeForm, TakeBackForm, TransferForm

__all__ = [
    "AdmitForm",
    "BoardFilter",
    "BookForm",
    "CancelForm",
    "DischargeForm",
    "LanguageForm",
    "PatientFilter",
    "PatientForm",
    "QueueFilter",
    "RescheduleForm",
    "TakeBackForm",
    "ThemeForm",
    "TransferForm",
    "When",
]
