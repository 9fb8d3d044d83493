"""What the editor says of a template while it is written."""

import re

import pytest

from messaging.rendering import placeholders
from messaging.rendering.drafts import Draft, Piece
from messaging.templates import default_templates
from tests.processes import ROOT
from wards.models import Hospital

HOSPITAL = Hospital(name="Rawdah General", name_ar="الروضة العام", phone="+966 11 555 0100")


def about(code: str = "appointment_confirmed", channel: str = "sms", **words: str) -> Draft:
    return Draft(HOSPITAL, code, channel, **words)


def said(draft: Draft) -> set[tuple[str, str, str]]:
    return {(finding.field, finding.tone, finding.text) for finding in draft.findings}


def test_nothing_where_all_is_well() -> None:
    draft = about(body_en="See you on {date} at {time}.", body_ar="موعدكم {date} الساعة {time}.")
    assert draft.findings == []
    assert draft.variables == ["date", "time"]


def test_there_must_be_words() -> None:
    assert said(about()) == {("", "error", "Write the text in one language at least.")}


def test_one_language_is_enough() -> None:
    for draft, other in ((about(body_en="Hi"), "body_ar"), (about(body_ar="مرحبًا"), "body_en")):
        text = "Who reads this language gets the other one."
        assert said(draft) == {(other, "warning", text)}
        assert not draft.errors


def test_a_typing_error_is_found_in_either_language() -> None:
    draft = about(body_en="Dear {first_name}", body_ar="السيد/ة {frist_name}")
    text = "{frist_name} is not known. Do you mean {first_name}?"
    assert said(draft) == {("body_ar", "error", text)}, "and it is not missing besides"
    assert (draft.errors[0].wrong, draft.errors[0].right) == ("frist_name", "first_name")


def test_a_placeholder_that_only_one_language_has() -> None:
    draft = about(body_en="{date} {time}", body_ar="{date}")
    text = "{time} is missing here; the other language has it."
    assert said(draft) == {("body_ar", "warning", text)}


def test_what_the_event_does_not_bring() -> None:
    text = "{bed_number} has no value in a message about this."
    assert said(about(body_en="{bed_number}", body_ar="{bed_number}")) == {
        ("body_en", "error", text),
        ("body_ar", "error", text),
    }
    assert not about("patient_admitted", body_en="{bed_number}").errors
    assert about("patient_admitted", body_en="{discharge_date}").errors
    assert not about("patient_discharged", body_en="{discharge_date}").errors


def test_a_template_of_ones_own_may_use_the_columns_of_a_file() -> None:
    draft = about("open_day", body_en="{colour}", body_ar="{colour}")
    assert not draft.errors
    text = "{colour} has a value only where a file has a column of this name."
    assert ("body_en", "warning", text) in said(draft)
    assert about("appointment_confirmed", body_en="{colour}").errors


def test_bad_braces_are_the_first_thing_to_mend() -> None:
    draft = about(body_en="{{date}} {dat}", body_ar="{date}")
    (finding,) = draft.findings
    assert finding.field == "body_en"
    assert finding.text.startswith("Line 1: a brace stands alone")
    assert not draft.sides["en"].is_sound
    assert draft.sides["en"].body_pieces, "there is a preview all the same"


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_what_tells_too_much_on_a_phone(channel: str) -> None:
    draft = about("patient_admitted", channel, body_en="You are in {ward_name}.")
    text = "{ward_name} may tell others why somebody is a patient: better by e-mail."
    assert ("body_en", "warning", text) in said(draft)
    mail = about("patient_admitted", "email", subject_en="Hello", body_en="In {ward_name}.")
    assert not [finding for finding in mail.findings if "ward_name" in finding.text]


def test_an_e_mail_needs_a_subject() -> None:
    draft = about(channel="email", body_en="Hi", subject_ar="العنوان", body_ar="مرحبًا")
    assert said(draft) == {("subject_en", "error", "An e-mail needs a subject.")}
    assert not about(channel="sms", body_en="Hi", body_ar="مرحبًا").findings


def test_placeholders_of_a_subject_count() -> None:
    draft = about(
        channel="email", subject_en="{dat}", body_en="Hi", subject_ar="ع", body_ar="م {date}"
    )
    assert ("subject_en", "error", "{dat} is not known. Do you mean {date}?") in said(draft)
    assert draft.sides["en"].meant == ["date"]


class TestLength:
    def test_letters_that_make_an_sms_dearer(self) -> None:
        draft = about(body_en="It’s late… " + "a" * 90, body_ar="م")
        text = "Because of “’ …” it takes 2 SMS instead of 1."
        assert said(draft) == {("body_en", "warning", text)}
        assert not about(body_en="It’s late…", body_ar="م").findings, "one is one"

    def test_many_parts(self) -> None:
        draft = about(body_en="a" * 460, body_ar="م" * 268)
        assert said(draft) == {
            ("body_en", "warning", "With the longest names it takes 4 SMS."),
            ("body_ar", "warning", "With the longest names it takes 4 SMS."),
        }

    def test_more_than_networks_join(self) -> None:
        assert not about(body_en="a" * 1530, body_ar="م").errors
        (error,) = about(body_en="a" * 1531, body_ar="م").errors
        assert error.text.startswith("Networks join at most 10 SMS")

    def test_whatsapp_takes_so_much(self) -> None:
        assert not about(channel="whatsapp", body_en="a" * 1600).errors
        (error,) = about(channel="whatsapp", body_en="a" * 1601).errors
        assert "1,600" in error.text
        assert "1,601" in error.text

    def test_ten_thousand_characters(self) -> None:
        for channel in ("sms", "whatsapp", "email"):
            draft = about(channel=channel, subject_en="S", body_en="a" * 10_000)
            texts = [error.text for error in draft.errors]
            assert "At most 5,000 characters fit; these are 10,000." in texts

    def test_the_longest_values_count(self) -> None:
        draft = about(body_en="{patient_name}" + "a" * 130)
        assert draft.sides["en"].segments.parts == 2
        assert about(body_en="a" * 144).sides["en"].segments.parts == 1


class TestPreview:
    def test_it_is_filled_with_samples_of_the_language(self) -> None:
        draft = about(body_en="{first_name}, {hospital_name}", body_ar="{first_name}")
        assert draft.sides["en"].body_pieces == [
            Piece("", False),
            Piece("Layla", True),
            Piece(", ", False),
            Piece("Rawdah General", True),
            Piece("", False),
        ]
        assert draft.sides["ar"].body_pieces[1] == Piece("ليلى", True)

    def test_s08_nothing_invisible_is_sent_to_a_phone(self) -> None:
        draft = about(body_ar="{hospital_phone}")
        assert draft.sides["ar"].body_pieces[1].text == "+966 11 555 0100"

    def test_what_is_not_known_stays(self) -> None:
        assert about(body_en="{x}").sides["en"].body_pieces[1] == Piece("{x}", True)


def test_the_documentation_says_what_has_a_value_where() -> None:
    table = (ROOT / "docs/messaging.md").read_text().split("| placeholder | has a value in |")[1]
    rows = [row.split("|")[1:3] for row in table.split("\n\n")[0].splitlines()[2:]]
    documented = {name: where for names, where in rows for name in re.findall(r"\{(\w+)\}", names)}
    assert set(documented) == placeholders.NAMES
    for code in {entry["code"] for entry in default_templates.entries()}:
        brought = placeholders.brought_for(code, "sms")
        assert brought is not None
        for name, where in documented.items():
            codes = re.findall(r"`(\w+)", where)
            said = "everything" in where or any(code.startswith(each) for each in codes)
            assert said == (name in brought), (code, name)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("((first name))", "first_name"), ("[First Name]", "first_name"),
        ("%FIRST_NAME%", "first_name"), ("*|FNAME|*", "first_name"), ("<<name>>", "patient_name"),
        ("«First_Name»", "first_name"), ("<Name>", "patient_name"), ("[[Date]]", "date"),
        ("##Betrag##", ""), ("*|MC:SUBJECT|*", ""), ("$first_name", "first_name"),
        ("((الاسم))", ""), ("[رقم الجوال]", ""),
    ],
)  # fmt: skip
def test_placeholders_of_other_systems_are_found(text: str, ours: str) -> None:
    """Case 15: nothing fills them, and patients would read them."""
    (found,) = about(body_en=f"Hi {text}, see you at {{time}}.").errors
    assert found.field == "body_en"
    assert f"“{text}” looks like a placeholder of another system" in found.text
    assert ours == "" or f"here it is {{{ours}}}" in found.text


@pytest.mark.parametrize(
    "text",
    ["[urgent]", "((please read))", "50% off, 20% more", "«عيادة القلب»", "a < b > c", "#1 and #2",
     "call 011 (555) 0100", "<3", "5 * 3 | 2", "100%"],
)  # fmt: skip
def test_words_in_brackets_are_left_alone(text: str) -> None:
    assert not about(body_en=f"Hi, {text}, see you.").errors


def test_a_column_that_is_spelled_otherwise_is_no_typing_error() -> None:
    found = about(code="", body_en="At {Clinic}.").findings
    assert [each for each in found if "Do you mean" in each.text] == []
