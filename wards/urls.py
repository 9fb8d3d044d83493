"""Addresses of the wards' pages."""

from django.urls import include, path

from wards.roster import views
from wards.views import (
    appointment_verbs,
    arrivals,
    boards,
    booking,
    openings,
    patients,
    preferences,
    results,
    stays,
)

patterns = [
    path("wards/", boards.wards, name="wards"),
    path("wards/<int:ward_id>/", boards.board, name="board"),
    path("wards/<int:ward_id>/admit/", stays.admit, name="admit"),
    path("stays/<int:admission_id>/", openings.stay, name="stay"),
    path("stays/<int:admission_id>/transfer/", stays.transfer, name="stay_transfer"),
    path("stays/<int:admission_id>/discharge/", stays.discharge, name="stay_discharge"),
    path("stays/<int:admission_id>/take-back/", stays.take_back, name="stay_take_back"),
    path("stays/<int:admission_id>/menu/", stays.stay_menu, name="stay_menu"),
    path("beds/<int:bed_id>/menu/", stays.bed_menu, name="bed_menu"),
    path("beds/<int:bed_id>/status/", stays.bed_status, name="bed_status"),
    path("patients/", patients.patient_list, name="patients"),
    path("patients/find/", patients.find, name="find_patients"),
    path("patients/new/", patients.register, name="patient_new"),
    path("patients/<int:patient_id>/", patients.patient, name="patient"),
    path("patients/<int:patient_id>/edit/", patients.edit, name="patient_edit"),
    path("results/<int:result_id>/", results.result, name="result"),
    path("roster/", views.roster, name="roster"),
    path("roster/<int:ward_id>/plan/", views.plan, name="duty_plan"),
    path("roster/<int:ward_id>/copy/", views.copy, name="roster_copy"),
    path("duties/<int:period_id>/", views.change, name="duty_change"),
    path("duties/<int:period_id>/remove/", views.remove, name="duty_remove"),
    path("arrivals/", arrivals.arrivals, name="arrivals"),
    path("appointments/book/", booking.book, name="book"),
    path("appointments/conflicts/", booking.conflicts, name="conflicts"),
    path(
        "appointments/<int:appointment_id>/reschedule/",
        booking.reschedule,
        name="appointment_reschedule",
    ),
    path("appointments/<int:appointment_id>/", openings.appointment, name="appointment"),
    path(
        "appointments/<int:appointment_id>/menu/", appointment_verbs.menu, name="appointment_menu"
    ),
    path(
        "appointments/<int:appointment_id>/cancel/",
        appointment_verbs.cancel,
        name="appointment_cancel",
    ),
    *(
        path(
            f"appointments/<int:appointment_id>/{verb.replace('_', '-')}/",
            appointment_verbs.move,
            {"verb": verb},
            name=f"appointment_{verb}",
        )
        for verb in appointment_verbs.VERBS
        if verb != "cancel"
    ),
    path("appearance/", preferences.theme, name="theme"),
]

urlpatterns = [
    path("", preferences.home, name="home"),
    # Before Django's own view at the same address: ours also keeps the choice with the user.
    path("i18n/setlang/", preferences.language, name="set_language"),
    path("", include((patterns, "wards"))),
]
