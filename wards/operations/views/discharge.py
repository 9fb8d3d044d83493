"""Many discharges at once, from a form or as JSON.

Up to AT_ONCE stays are ended within the request, so that the answer says what came of it; more are
left to the worker, and the answer (202 for JSON) says that it has begun.
"""

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from wards.base.plurals import plurals
from wards.models import Admission, BulkOperation, Ward
from wards.operations import actions
from wards.operations.forms import DischargeForm
from wards.roles import Permission, requires
from wards.web.pages import number, reader

AT_ONCE = 500
PATIENCE = 20.0  # s
LARGEST_ID = 2**63 - 1


@require_http_methods(["GET", "POST"])
@requires(Permission.BULK)
def discharge(request: HttpRequest) -> HttpResponse:
    """GET: who is admitted. POST: a form (`admissions`), or JSON (`{"admission_ids": [1, 2]}`)."""
    if request.method == "POST" and request.content_type == "application/json":
        return _from_json(request)
    form = DischargeForm()
    if request.method == "POST":
        form = DischargeForm(request.POST)
        if form.is_valid():
            try:
                operation = _start(request, form.cleaned_data)
            except BadRequest as refusal:
                form.add_error("admissions", str(refusal))
            else:
                words = messages.success if operation.successful_records else messages.warning
                words(request, _say(operation))
                return redirect("bulk:operation", operation.pk)
    return render(
        request,
        "wards/bulk/discharge.html",
        {**_admitted(request), "form": form, "tab": "discharge"},
        status=422 if form.is_bound else 200,
    )


def _from_json(request: HttpRequest) -> HttpResponse:
    """`{"success", "message", "operation_id"}`; 400 where the request is wrong.

    409 where nobody could be discharged, because others had been quicker.
    """
    try:
        operation = _start(request, _read_json(request.body))
    except BadRequest as refusal:
        return JsonResponse({"success": False, "message": str(refusal)}, status=400)
    status = 200 if operation.ended else 202
    success = operation.successful_records > 0 or not operation.ended
    answer = {"success": success, "message": _say(operation), "operation_id": operation.pk}
    return JsonResponse(answer, status=status if success else 409)


def _read_json(body: bytes) -> dict[str, Any]:
    """What the form would have given. Raises BadRequest with a reason."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as fault:  # the latter of [[[[…
        raise BadRequest(_("This is not JSON.")) from fault
    ids = given.get("admission_ids") if isinstance(given, dict) else None
    if not isinstance(ids, list):
        raise BadRequest(_("admission_ids must be a list of numbers."))
    if any(type(each) is not int for each in ids):
        raise BadRequest(_("admission_ids must be a list of numbers."))
    data = {
        "admissions": ids,
        "discharge_notes": given.get("discharge_notes", ""),
        "send_notifications": given.get("send_notifications", True),
    }
    form = DischargeForm(data)
    if not form.is_valid():
        faults = (str(each) for errors in form.errors.values() for each in errors)
        raise BadRequest(" ".join(faults))
    return form.cleaned_data


def _start(request: HttpRequest, given: dict[str, Any]) -> BulkOperation:
    """Begins, and for up to AT_ONCE stays ends. Raises BadRequest for what is no stay of ours."""
    hospital, ids = reader(request).hospital, list(dict.fromkeys(given["admissions"]))
    assert hospital is not None
    possible = [each for each in ids if 0 < each <= LARGEST_ID]
    ours = Admission.objects.filter(hospital=hospital, pk__in=possible)
    known = set(ours.values_list("pk", flat=True))
    if unknown := [str(each) for each in ids if each not in known]:
        shown = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
        raise BadRequest(_("There is no such admission: %s.") % shown)
    operation = actions.start_discharge(
        hospital=hospital,
        by=reader(request),
        admission_ids=ids,
        notes=given["discharge_notes"],
        notify=given["send_notifications"],
    )
    return actions.run_now(operation, PATIENCE) if len(ids) <= AT_ONCE else operation


def _say(operation: BulkOperation) -> str:
    """What came of it, or that it has begun."""
    done, failed = operation.successful_records, operation.failed_records
    if not operation.ended:
        n = operation.total_records
        return ngettext("Discharging %(n)s patient", "Discharging %(n)s patients", n) % {"n": n}
    if operation.failure or not done:
        return operation.failure or str(operation.errors[0]["error"])
    said = ngettext(
        "Successfully discharged %(n)s patient", "Successfully discharged %(n)s patients", done
    ) % {"n": done}
    if failed:
        left = ngettext("%(n)s could not be discharged", "%(n)s could not be discharged", failed)
        said = f"{said}; {left % {'n': failed}}"
    return said


def _admitted(request: HttpRequest) -> dict[str, Any]:
    """The open stays, by ward and bed, and the words for how many of them are chosen."""
    stays = list(
        Admission.objects.filter(hospital=reader(request).hospital_id, discharged_at=None)
        .select_related("patient", "ward", "bed")
        .order_by("ward__name", "ward", "bed", "pk")
    )
    wards: dict[int, Ward] = {stay.ward_id: stay.ward for stay in stays}
    chosen = set(request.POST.getlist("admissions")) or {request.GET.get("admission", "")}
    words = {
        "button": plurals(
            lambda n: ngettext("Discharge %(n)s patient", "Discharge %(n)s patients", n)
        ),
        "title": plurals(
            lambda n: ngettext("Discharge %(n)s patient?", "Discharge %(n)s patients?", n)
        ),
        "shown": plurals(lambda n: ngettext("%(n)s shown", "%(n)s shown", n)),
    }
    return {
        "stays": stays,
        "wards": list(wards.values()),
        "chosen": {number(each) for each in chosen} - {None},
        "words": words,
    }
