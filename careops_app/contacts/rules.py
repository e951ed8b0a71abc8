"""How people and their addresses are spelled: one spelling per address, so that equal means the same person. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from careops_app.errors import Invalid

LONGEST_NAME = 120
LONGEST_TAG = 40
LONGEST_NOTE = 10_000
LONGEST_WORD = 60
MOST_WORDS_ASKED = 6
LOOKS_LIKE_A_NUMBER = re.compile(r"[+(]*\d(?:[()\s./-]*\d){2,}[()\s./-]*")


def normalised_email(text: str) -> str:
    """The address in its matching form: lower case, ASCII only. Raises Invalid(email)."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise Invalid(email="Enter an e-mail address like name@example.com.") from error
    return found.normalized.lower()


def normalised_phone(text: str, region: str) -> str:
    """The number in E.164; one without a country code is read as the region's (ISO 3166). Raises Invalid(phone)."""
    try:
        number = phonenumbers.parse(text.strip()[:60], region)
    except phonenumbers.NumberParseException as error:
        raise Invalid(phone=_example_number(region)) from error
    if not phonenumbers.is_valid_number(number):
        raise Invalid(phone=_example_number(region))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _example_number(region: str) -> str:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        return "Enter the number with its country code, like +44 7400 123456."
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return f"Enter a phone number like {national}, or with its country code."


def shown_phone(number: str) -> str:
    """An E.164 number as people write it: “+44 7400 123456”."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


def one_line(text: str) -> str:
    """The text with single spaces and without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def plain_text(text: str) -> str:
    """The text without control characters other than line ends and tabs."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t").strip()


def person_name(text: str) -> str:
    """A name on one line without control characters. Raises Invalid(name) when empty or too long."""
    name = one_line(text)
    if not name:
        raise Invalid(name="Enter a name.")
    if len(name) > LONGEST_NAME:
        raise Invalid(name=f"Use at most {LONGEST_NAME} characters.")
    return name


def tag_of(text: str) -> str:
    """A tag: lower case on one line. Raises Invalid(tag)."""
    tag = one_line(text).lower()
    if not 1 <= len(tag) <= LONGEST_TAG:
        raise Invalid(tag=f"A tag has 1 to {LONGEST_TAG} characters.")
    return tag


def note_of(text: str) -> str:
    """The text of a note. Raises Invalid(note)."""
    note = plain_text(text)
    if not 1 <= len(note) <= LONGEST_NOTE:
        raise Invalid(note=f"A note has 1 to {LONGEST_NOTE:,} characters.")
    return note


def same_words(one: str, other: str) -> bool:
    """Whether two names differ at most in case, accents, spaces and punctuation."""
    return words_of(one) == words_of(other)


def search_words(name: str, emails: Iterable[str], phones: Iterable[str]) -> set[str]:
    """Everything a contact can be found by, in the spelling of `asked_words`."""
    words = set(words_of(name))
    for email in emails:
        words |= {email, *words_of(email)}
    for phone in phones:
        national = phonenumbers.national_significant_number(phonenumbers.parse(phone))
        words |= {phone.lstrip("+"), national}
    return {word[:LONGEST_WORD] for word in words}


def asked_words(text: str) -> list[str]:
    """What a search asks for; each is the beginning of one of the `search_words` of the contacts that are meant."""
    text = one_line(text)
    if LOOKS_LIKE_A_NUMBER.fullmatch(text):
        return [re.sub(r"\D", "", text).lstrip("0")[:LONGEST_WORD]]
    if "@" in text.strip("@"):
        return [text.lower()[:LONGEST_WORD]]
    return [word[:LONGEST_WORD] for word in words_of(text)][:MOST_WORDS_ASKED]


def words_of(text: str) -> list[str]:
    """The words of a text in lower case and without accents."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return re.findall(r"\w+", plain.casefold())
