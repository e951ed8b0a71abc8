"""What is allowed for workspaces and accounts: pure functions."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from careops_app.errors import Invalid

SHORTEST_PASSWORD = 12
# Passwords people pick first when twelve characters are asked for; the rest is left to the length.
COMMON = frozenset({
    "123456789012", "password1234", "passwordpassword", "qwertyuiop12", "qwerty123456", "administrator", "letmeinletmein",
    "iloveyou1234", "111111111111", "000000000000", "abcdefghijkl", "welcome12345", "changeme1234", "careopscareops",
})  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """What the public sees of a business; `time_zone` is an IANA name, `brand_color` is #rrggbb in lower case."""

    name: str
    address: str
    phone: str
    contact_email: str
    time_zone: str
    phone_region: str = "GB"
    brand_color: str = "#0b6478"
    contact_intro: str = ""
    unanswered_after_minutes: int = 120


def slug_of(name: str) -> str:
    """A public address made from a name: ASCII lower case, digits and single hyphens, at most 40 characters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "business"


def password_problem(password: str) -> str | None:
    """Why this password is refused, or None. Source: NIST SP 800-63B 5.1.1.2 (length and a deny list, no composition)."""
    if len(password) < SHORTEST_PASSWORD:
        return f"Use at least {SHORTEST_PASSWORD} characters."
    if len(password) > 200:
        return "Use at most 200 characters."
    if password.lower() in COMMON or len(set(password)) < 4:
        return "This password is too easy to guess."
    return None


def email_of(text: str, field: str = "email") -> str:
    """The address in its matching form (lower case). Raises Invalid(field)."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise Invalid(**{field: "Enter an e-mail address like name@example.com."}) from error
    return found.normalized.lower()


def person_name(text: str, field: str = "name") -> str:
    """A name on one line, 1 to 80 characters. Raises Invalid(field)."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= 80:
        raise Invalid(**{field: "Enter a name of at most 80 characters."})
    return name


def profile_problems(profile: Profile) -> dict[str, str]:
    """A sentence per field that cannot be accepted."""
    problems = {}
    if not 2 <= len(profile.name.strip()) <= 80:
        problems["name"] = "Enter the name of the business, 2 to 80 characters."
    if len(profile.address) > 200:
        problems["address"] = "Use at most 200 characters."
    if len(profile.contact_intro) > 600:
        problems["contact_intro"] = "Use at most 600 characters."
    try:
        email_of(profile.contact_email, "contact_email")
    except Invalid as problem:
        problems |= problem.fields
    if profile.phone and not re.fullmatch(r"[0-9+()/. -]{3,40}", profile.phone.strip()):
        problems["phone"] = "Enter a phone number with digits, for example 0131 496 0142."
    if not re.fullmatch(r"[A-Z]{2}", profile.phone_region):
        problems["phone_region"] = "Choose a country."
    if not re.fullmatch(r"#[0-9a-f]{6}", profile.brand_color):
        problems["brand_color"] = "Use a colour like #0b6478."
    if not 5 <= profile.unanswered_after_minutes <= 10_080:
        problems["unanswered_after_minutes"] = "Choose between 5 minutes and 7 days."
    return problems
