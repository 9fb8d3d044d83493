"""What people mean who answer, however their keyboards write it."""

import pytest

from messaging.contacts.answer_words import HOLDS, NO, NOTHING, TO_READ, YES, Meaning, understand

NO_AND_READ = Meaning(no=True, read=True)


@pytest.mark.parametrize(
    "body",
    [
        *("STOP", "stop", "QUIT", "UNSUBSCRIBE", "REVOKE", "OPT OUT", "opt-out", "OPTOUT"),
        "STOPALL",
        *("stop all", "Arrêt", "ARRET", "Stop please", "please stop sending me messages"),
        "don’t text me",
        *("Stop! Stop! Stop!", "«stop»", '"STOP"', "🛑 STOP 🛑", "ＳＴＯＰ"),
        "S\u200bT\u200bO\u200bP",
        *("S T O P", "STOP\n\nSent from my iPhone", "STOP\n-- \nLayla Haddad\nStop Street 5"),
        *("> You have an appointment.\nSTOP", "unsubscribe me", "remove me from your list"),
        *("إيقاف", "ايقاف", "أوقف", "اوقف", "أوقفوا الرسائل", "توقف", "قف", "كفى", "إِيقَاف"),
        "إيـــقاف",
        *("لا ترسل", "لا ترسلوا لي رسائل", "أرجو إيقاف الرسائل", "الغاء الاشتراك"),
        "إلغاء الإشتراك من فضلك",
        "ﺇﻳﻘﺎﻑ",  # presentation forms
    ],
)  # fmt: skip
def test_s14_a_no_in_every_usual_form(body: str) -> None:
    assert understand(body) == NO


@pytest.mark.parametrize(
    "body",
    [
        "CANCEL",
        "End",
        "إلغاء",
        "الغاء",
        "STOP - Layla Haddad",
        "Stop.\nLayla",
        "STOP, thanks, Layla",
    ],
)
def test_s14_a_no_that_somebody_reads_as_well(body: str) -> None:
    """Who was told of an appointment may mean that; and who writes more may want more."""
    assert understand(body) == NO_AND_READ


@pytest.mark.parametrize("body", ["START", "Unstop please", "ابدأ", "ابدا", "اشتراك", "تفعيل"])
def test_a_yes(body: str) -> None:
    assert understand(body) == YES


@pytest.mark.parametrize(
    "body",
    [
        *("wrong number", "This is the WRONG NUMBER, I am not Sara", "الرقم غلط", "رقم خاطئ"),
        "مو رقمي",
        *("Stop texting this number you idiots", "stop start", "stop " * 3000),
    ],
)  # fmt: skip
def test_s14_what_may_be_a_no_is_held(body: str) -> None:
    assert understand(body) == HOLDS


@pytest.mark.parametrize(
    "body",
    [
        *("ok", "👍", "Is there parking?", "Please do not stop writing", "stop by at 5?"),
        *("cancel my appointment", "إلغاء الموعد", "start stop", "x" * 5000, "non-stop pain"),
    ],
)
def test_everything_else_is_for_people(body: str) -> None:
    assert understand(body) == TO_READ


@pytest.mark.parametrize("body", ["", "  ", "\u200b", "> quoted alone"])
def test_nothing_is_nothing(body: str) -> None:
    assert understand(body) == NOTHING
