"""Placeholders, and that nothing else can be said between braces."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.channels import Channel
from messaging.models import TemplateVersion
from messaging.rendering import (
    BadTemplate,
    Missing,
    placeholders_in,
    render,
    spoken_language,
    text,
)

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}", fullmatch=True)


class TestPlaceholders:
    def test_each_once_in_their_order(self) -> None:
        assert placeholders_in("{b} {a_1}, {b}\n{الاسم}") == ["b", "a_1", "الاسم"]
        assert placeholders_in("None at all, 100 % $x <b> &") == []

    @pytest.mark.parametrize(
        "text",
        [
            "{patient.__class__}",
            "{patient[0]}",
            "{0}",
            "{}",
            "{ }",
            "{a!r}",
            "{a:>10}",
            "{a:{b}}",
            "{{",
            "}}",
            "{{a}}",
            "{",
            "}",
            "{a",
            "a}",
            "}a{",
            "{a}}",
            "{a\n}",
            "{ a }",
            "{a b}",
            "{a-b}",
            "{__class__}",
            "{1a}",
            "{a\u200f}",
            "{%if a%}",
            "${a.b}",
            "{" + "a" * 61 + "}",
        ],
    )
    def test_anything_else_between_braces_is_refused(self, text: str) -> None:
        for function in (
            placeholders_in,
            lambda text: render(text, {"a": 1, "b": 2, "patient": 3}),
        ):
            with pytest.raises(BadTemplate):
                function(text)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("Dear\n\n{patient.name},", "Line 3: “{patient.name}” is no placeholder."),
            ("Dear {{name}},\nhow", "Line 1: a brace stands alone at “{{name}},”."),
            (
                "Dear\n{name, how are you today?",
                "Line 2: a brace stands alone at “{name, how are yo",
            ),
            ("a" * 10_000, "At most 5,000 characters fit; these are 10,000."),
        ],
    )
    def test_the_sentence_names_the_place(self, text: str, sentence: str) -> None:
        with pytest.raises(BadTemplate, match=re.escape(sentence)):
            placeholders_in(text)

    def test_as_long_as_it_may_be(self) -> None:
        assert placeholders_in("a" * 5_000) == []


class TestRender:
    def test_values_are_put_in(self) -> None:
        text = "Dear {name}, on {day}: {name}{n}."
        values = {"name": "Layla", "day": date(2026, 11, 20), "n": 0, "more": "unused"}
        assert render(text, values) == "Dear Layla, on 2026-11-20: Layla0."

    def test_a_value_with_braces_is_not_expanded_again(self) -> None:
        values = {"a": "{b}", "b": "{a}", "c": r"\g<0> {0.__class__}"}
        assert render("{a}{b}{c}", values) == r"{b}{a}\g<0> {0.__class__}"

    def test_missing_values_are_named(self) -> None:
        with pytest.raises(Missing, match=r"No value for date, time\.") as missing:
            render("{date} {name} {time} {date}", {"name": "Layla Haddad", "time": None})
        assert missing.value.names == ["date", "time"]
        assert "Layla" not in str(missing.value)

    def test_an_empty_value_is_none(self) -> None:
        """ "Dear ," says something wrong."""
        with pytest.raises(Missing):
            render("Dear {a},", {"a": ""})

    @given(
        st.lists(st.tuples(st.text("ab <>&\n'\"%$\\م", max_size=9), names), max_size=8), st.data()
    )
    def test_it_says_what_the_text_and_the_values_say(
        self, pieces: list[tuple[str, str]], data: st.DataObject
    ) -> None:
        values = {name: data.draw(st.text(min_size=1, max_size=12)) for _, name in pieces}
        text = "".join(f"{plain}{{{name}}}" for plain, name in pieces)
        assert render(text, values) == "".join(plain + values[name] for plain, name in pieces)

    @given(st.text("{}a0_.![]:()r\n \u200fم", max_size=40))
    def test_nobody_breaks_out(self, text: str) -> None:
        """Whatever is written: it is refused, or all its braces are those of plain names."""

        class Trap:
            """Gives itself away when anything but `str` is done with it."""

            def __str__(self) -> str:
                return "\0"

            def __getattribute__(self, name: str) -> Any:
                raise AssertionError(name)

            def __format__(self, spec: str) -> str:
                raise AssertionError(spec)

            def __repr__(self) -> str:
                raise AssertionError("repr")

        plain = re.fullmatch(r"(?:[^{}]|\{[^\W\d_]\w{0,59}\})*", text)
        try:
            said = render(text, dict.fromkeys(re.findall(r"\w+", text), Trap()))
        except BadTemplate:
            assert not plain
        else:
            assert plain
            assert said == re.sub(r"\{[^{}]*\}", "\0", text)


def version(**fields: str) -> TemplateVersion:
    return TemplateVersion(**fields)


class TestWords:
    def test_the_language_that_is_asked_for(self) -> None:
        made = version(subject_en="Hello {a}", body_en="Text {a}", body_ar="نص {a}")
        assert text(made, Channel.SMS, "en").fill({"a": 1}) == ("", "Text 1")
        subject, _ = text(made, Channel.EMAIL, "en").fill({"a": 1})
        assert subject == "Hello 1"
        assert text(made, Channel.SMS, "ar").fill({"a": 1}) == ("", "نص 1")

    @pytest.mark.parametrize(("has", "asked"), [("en", "ar"), ("ar", "en")])
    def test_the_other_one_where_it_has_no_words(self, has: str, asked: str) -> None:
        made = version(**{f"subject_{has}": "S", f"body_{has}": "B"})
        assert text(made, Channel.EMAIL, asked).fill({}) == ("S", "B")
        assert spoken_language(made, asked) == has

    def test_a_subject_is_one_line_that_fits(self) -> None:
        made = version(subject_en="About {a}", body_en="{a}")
        subject, body = text(made, Channel.EMAIL, "en").fill(
            {"a": "x\r\nBcc: everybody@example.com"}
        )
        assert subject == "About x Bcc: everybody@example.com"
        assert body == "x\r\nBcc: everybody@example.com"
        assert len(text(made, Channel.EMAIL, "en").fill({"a": "x" * 999})[0]) == 255

    def test_s08_values_are_isolated_in_an_e_mail_and_nothing_invisible_is_in_an_sms(self) -> None:
        texts = {"body_en": "Dear {name}", "body_ar": "اتصل على {phone}"}
        values = {"phone": "+966 11", "name": "ليلى"}
        made = version(**texts)
        assert text(made, Channel.EMAIL, "en").fill(values)[1] == "Dear \u2068ليلى\u2069"
        assert text(made, Channel.EMAIL, "ar").fill(values)[1] == "اتصل على \u2068+966 11\u2069"
        assert text(made, Channel.SMS, "en").fill(values)[1] == "Dear ليلى"
        assert text(made, Channel.SMS, "ar").fill(values)[1] == "اتصل على +966 11"
