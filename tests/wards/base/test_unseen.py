"""What cannot be seen is said in words."""

import pytest

from wards.base import unseen


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("email\u200b", "a zero-width space after “email”"),
        ("\ufeffemail", "a byte order mark at the beginning"),
        ("a\u200eb\u200fc", "a direction mark after “a”, a direction mark after “ab”"),
        ("o’neil@example.org", "a typographic apostrophe after “o”"),
        ("\u043eneil@example.org", "the letter “\u043e” is Cyrillic"),
        ("050\u00a0123", "a no-break space after “050”"),
        ("a\x07b", "a character that cannot be seen (U+0007) after “a”"),
        ("1\u200b2\u200b3\u200b4\u200b", "a zero-width space after “1”, a zero-width space after "
         "“12”, a zero-width space after “123” …"),
        ("ليلى", ""),
        ("О́льга", ""),
        ("+966 50 123 4567", ""),
        ("Ægir-Müller's", ""),
    ],
)  # fmt: skip
def test_s08_each_is_named_with_its_place(text: str, words: str) -> None:
    assert unseen.words(text) == words
