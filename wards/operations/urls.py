"""Addresses of the pages of bulk operations, below /hospital/bulk/."""

from django.urls import path

from wards.operations.views import discharge, exports, history, operation, uploads

app_name = "bulk"
urlpatterns = [
    path("operations/", history.operations, name="operations"),
    path("operations/<int:operation_id>/", operation.details, name="operation"),
    path("operations/<int:operation_id>/confirm/", operation.confirm, name="confirm"),
    path("operations/<int:operation_id>/cancel/", operation.cancel, name="cancel"),
    path("operations/<int:operation_id>/resume/", operation.resume, name="resume"),
    *(
        path(
            f"operations/<int:operation_id>/{which}.csv",
            operation.download,
            {"which": which},
            name=f"download_{which}",
        )
        for which in ("input", "output", "errors")
    ),
    path("import-patients/", uploads.import_patients, name="import_patients"),
    path("import-patients/sample.csv", uploads.import_sample, name="import_sample"),
    path("assign-patients/", uploads.assign_patients, name="assign_patients"),
    path("assign-patients/sample.csv", uploads.assign_sample, name="assign_sample"),
    path("discharge/", discharge.discharge, name="discharge"),
    path("export/patients/", exports.patients, name="export_patients"),
    path("export/occupancy/", exports.occupancy, name="export_occupancy"),
    path("export-report/", exports.report, name="export_report"),
]
