"""The wording of automatic messages: defaults, the placeholders each template offers, and how they are filled.

A placeholder is `{{contact.first_name}}` or, with words for when it is empty, `{{contact.first_name | "there"}}`.
There is nothing else: no conditions, no loops. A line is left out when every placeholder on it is empty, so “Where: ”
never stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from careops_app.errors import Invalid

LONGEST_SUBJECT, LONGEST_BODY, LONGEST_TEXT = 200, 10_000, 1_000
_PLACEHOLDER = re.compile(r'\{\{\s*([a-z_]+(?:\.[a-z_]+)?)\s*(?:\|\s*["“”]([^"“”{}\n]*)["“”]\s*)?\}\}')


class Template(StrEnum):
    WELCOME = "welcome"
    BOOKING_CONFIRMATION = "booking_confirmation"
    BOOKING_PENDING = "booking_pending"
    BOOKING_RESCHEDULED = "booking_rescheduled"
    BOOKING_REASSIGNED = "booking_reassigned"
    BOOKING_RESIZED = "booking_resized"
    BOOKING_CANCELLED = "booking_cancelled"
    GROUP_CONFIRMATION = "group_confirmation"
    GROUP_PENDING = "group_pending"
    GROUP_RESCHEDULED = "group_rescheduled"
    GROUP_CANCELLED = "group_cancelled"
    REMINDER = "reminder"
    WAITLIST_JOINED = "waitlist_joined"
    WAITLIST_OFFER = "waitlist_offer"
    WAITLIST_LAPSED = "waitlist_lapsed"
    FORMS = "forms"
    FORM_REQUEST = "form_request"
    FORM_REMINDER = "form_reminder"
    FORM_RECEIPT = "form_receipt"
    FOLLOW_UP = "follow_up"
    NO_SHOW_MESSAGE = "no_show_message"
    NEW_LINK = "new_link"
    STOCK_ALERT = "stock_alert"
    ALERT = "alert"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


@dataclass(frozen=True)
class Words:
    """Somebody's own wording for both channels; an empty part means the standard text."""

    subject: str = ""
    body: str = ""
    text: str = ""


@dataclass(frozen=True)
class Filled:
    """Words that are ready to send."""

    subject: str
    body: str


@dataclass(frozen=True)
class Placeholder:
    """What a name stands for, and an example for the preview."""

    name: str
    meaning: str
    example: str


TITLES: dict[Template, str] = {
    Template.WELCOME: "Welcome",
    Template.BOOKING_CONFIRMATION: "Booking confirmation",
    Template.BOOKING_PENDING: "Booking request received",
    Template.BOOKING_RESCHEDULED: "Booking moved",
    Template.BOOKING_REASSIGNED: "Booking with somebody else",
    Template.BOOKING_RESIZED: "Booking with another length",
    Template.BOOKING_CANCELLED: "Booking cancelled",
    Template.GROUP_CONFIRMATION: "Several visits booked",
    Template.GROUP_PENDING: "Several visits requested",
    Template.GROUP_RESCHEDULED: "Several visits moved",
    Template.GROUP_CANCELLED: "Several visits cancelled",
    Template.REMINDER: "Booking reminder",
    Template.WAITLIST_JOINED: "On the waitlist",
    Template.WAITLIST_OFFER: "Offer from the waitlist",
    Template.WAITLIST_LAPSED: "Offer has run out",
    Template.FORMS: "Forms to fill in",
    Template.FORM_REQUEST: "Form asked by hand",
    Template.FORM_REMINDER: "Form reminder",
    Template.FORM_RECEIPT: "Form receipt",
    Template.FOLLOW_UP: "Follow-up",
    Template.NO_SHOW_MESSAGE: "No-show message",
    Template.NEW_LINK: "New link",
    Template.STOCK_ALERT: "Stock alert",
    Template.ALERT: "Alert",
    Template.INVITATION: "Invitation to the team",
    Template.PASSWORD_RESET: "New password",
}

PLACEHOLDERS: dict[str, Placeholder] = {
    each.name: each
    for each in (
        Placeholder("business.name", "the name of the business", "Saltmarsh"),
        Placeholder("business.address", "the address of the business", "4 Shore Row, Leith"),
        Placeholder("business.phone", "the phone number of the business", "0131 496 0142"),
        Placeholder("booking_page", "the link to the booking page", "https://example.com/b/saltmarsh"),
        Placeholder("contact.first_name", "the customer's first name", "Amelia"),
        Placeholder("contact.name", "the customer's name", "Amelia Hart"),
        Placeholder("booking.service", "the service", "Peel treatment"),
        Placeholder("booking.when", "day and time, with the zone", "Tue 16 June 2026, 13:00 BST"),
        Placeholder("booking.was", "the time before it moved or was cancelled", "Mon 15 June 2026, 10:00 BST"),
        Placeholder("booking.duration", "how long it takes", "45 min"),
        Placeholder("booking.staff", "who the visit is with", "Priya Raman"),
        Placeholder("booking.location", "where it takes place", "4 Shore Row, Leith"),
        Placeholder("booking.reference", "the reference", "SM-7KQ4"),
        Placeholder("booking.price", "the price text of the service", "£60"),
        Placeholder("booking.payment_link", "the payment link of the service", "https://example.com/pay"),
        Placeholder("booking.reason", "why it was cancelled", "Priya is ill"),
        Placeholder("booking.manage_link", "the customer's link to see, move or cancel", "https://example.com/m/7KQ4"),
        Placeholder(
            "group.visits",
            "every visit, one per line",
            "Tue 16 June 2026, 13:00 BST: Peel treatment with Priya Raman, SM-7KQ4W",
        ),
        Placeholder("group.count", "how many visits", "6 visits"),
        Placeholder("group.first", "day and time of the first of them", "Tue 16 June 2026, 13:00 BST"),
        Placeholder("group.location", "where the first takes place", "4 Shore Row, Leith"),
        Placeholder("group.reason", "why they were cancelled", "Priya is ill"),
        Placeholder("group.manage_link", "the customer's link to see and change them", "https://example.com/m/7KQ4"),
        Placeholder("waitlist.service", "the service", "Peel treatment"),
        Placeholder("waitlist.wish", "the days and times that suit", "15–20 June 2026, from 09:00 and before 12:00"),
        Placeholder("waitlist.hold", "how long an offered time is kept", "30 minutes"),
        Placeholder("waitlist.link", "the customer's link to answer or to leave", "https://example.com/w/7KQ4"),
        Placeholder("offer.when", "the time that became free", "Tue 16 June 2026, 13:00 BST"),
        Placeholder("offer.until", "until when it is kept", "Mon 15 June 2026, 10:30 BST"),
        Placeholder("offer.staff", "who the visit would be with", "Priya Raman"),
        Placeholder("offer.location", "where it would take place", "4 Shore Row, Leith"),
        Placeholder("form.name", "the name of the form", "Skin intake"),
        Placeholder("form.link", "the customer's link to the form", "https://example.com/f/9XB2"),
        Placeholder("form.due", "when it is due", "Mon 15 June 2026, 13:00 BST"),
        Placeholder(
            "forms.links", "every open form with its link, one per line", "Skin intake: https://example.com/f/9XB2"
        ),
        Placeholder("link.about", "what the link is for", "your visit Tue 16 June 2026, 13:00 BST"),
        Placeholder("link.address", "the customer's new link", "https://example.com/m/7KQ4"),
        Placeholder("forms.due", "when the first of them is due", "Mon 15 June 2026, 13:00 BST"),
        Placeholder("item.name", "the item", "Cotton pads"),
        Placeholder("item.available", "how much is free", "8 packs"),
        Placeholder("item.threshold", "the threshold", "12 packs"),
        Placeholder("item.link", "the link to the item", "https://example.com/app/inventory?item=3"),
        Placeholder("alert.title", "what happened", "Booking is not confirmed"),
        Placeholder("alert.detail", "the details", "Amelia Hart, Peel treatment, Tue 16 June 2026, 13:00 BST."),
        Placeholder("alert.link", "the link to the exact place", "https://example.com/app/bookings"),
        Placeholder("person.name", "the person's name", "Elena Varga"),
        Placeholder(
            "private.link", "a personal link, filled in while sending and never stored", "https://example.com/…"
        ),
    )
}

PRIVATE = frozenset({"private.link"})
"""Filled in at the moment of sending by a resolver; the stored text keeps the placeholder itself."""

_BUSINESS = ("business.name", "business.address", "business.phone", "booking_page")
_CONTACT = ("contact.first_name", "contact.name")
_BOOKING = tuple(
    name for name in PLACEHOLDERS if name.startswith("booking.") and name not in ("booking.was", "booking.reason")
)
_VISIT = _CONTACT + _BUSINESS + _BOOKING
_GROUP = (*_CONTACT, *_BUSINESS, "group.visits", "group.count", "group.first", "group.location", "group.manage_link")
_FORM = ("form.name", "form.link", "form.due")
_LIST = tuple(name for name in PLACEHOLDERS if name.startswith("waitlist."))
_OFFER = tuple(name for name in PLACEHOLDERS if name.startswith("offer."))

OFFERS: dict[Template, tuple[str, ...]] = {
    Template.WELCOME: _CONTACT + _BUSINESS,
    Template.BOOKING_CONFIRMATION: _VISIT,
    Template.BOOKING_PENDING: _VISIT,
    Template.BOOKING_RESCHEDULED: (*_VISIT, "booking.was"),
    Template.BOOKING_REASSIGNED: _VISIT,
    Template.BOOKING_RESIZED: _VISIT,
    Template.BOOKING_CANCELLED: (*_VISIT, "booking.was", "booking.reason"),
    Template.GROUP_CONFIRMATION: _GROUP,
    Template.GROUP_PENDING: _GROUP,
    Template.GROUP_RESCHEDULED: _GROUP,
    Template.GROUP_CANCELLED: (*_GROUP, "group.reason"),
    Template.REMINDER: _VISIT,
    Template.WAITLIST_JOINED: _CONTACT + _BUSINESS + _LIST,
    Template.WAITLIST_OFFER: _CONTACT + _BUSINESS + _LIST + _OFFER,
    Template.WAITLIST_LAPSED: _CONTACT + _BUSINESS + _LIST + _OFFER,
    Template.FORMS: (*_VISIT, "forms.links", "forms.due"),
    Template.FORM_REQUEST: _CONTACT + _BUSINESS + _FORM,
    Template.FORM_REMINDER: _CONTACT + _BUSINESS + _FORM,
    Template.FORM_RECEIPT: _CONTACT + _BUSINESS + _FORM,
    Template.FOLLOW_UP: _VISIT,
    Template.NO_SHOW_MESSAGE: _VISIT,
    Template.NEW_LINK: (*_CONTACT, *_BUSINESS, "link.about", "link.address"),
    Template.STOCK_ALERT: (*_BUSINESS, "item.name", "item.available", "item.threshold", "item.link"),
    Template.ALERT: (*_BUSINESS, "alert.title", "alert.detail", "alert.link"),
    Template.INVITATION: (*_BUSINESS, "person.name", "private.link"),
    Template.PASSWORD_RESET: (*_BUSINESS, "private.link"),
}

_HELLO = 'Hello {{contact.first_name | "there"}},\n\n'
_GOODBYE = "\n\nWarm wishes,\n{{business.name}}\n{{business.phone}}"
_DETAILS = "What: {{booking.service}}\nWhen: {{booking.when}}\nWith: {{booking.staff}}\nWhere: {{booking.location}}\n"
_CHANGE = "See, move or cancel your visit: {{booking.manage_link}}"

DEFAULTS: dict[Template, Text] = {
    Template.WELCOME: Text(
        "Thanks for writing to {{business.name}}",
        _HELLO + "Thank you for your message. It has reached us, and one of us will answer you soon.\n\n"
        "If you would rather choose a time yourself, you can do that here: {{booking_page}}" + _GOODBYE,
    ),
    Template.BOOKING_CONFIRMATION: Text(
        "Your visit is booked: {{booking.when}}",
        _HELLO
        + "Your visit is booked.\n\n"
        + _DETAILS
        + "Price: {{booking.price}}\nReference: {{booking.reference}}\n\n"
        "Pay in advance: {{booking.payment_link}}\n" + _CHANGE + _GOODBYE,
    ),
    Template.BOOKING_PENDING: Text(
        "We have your request for {{booking.when}}",
        _HELLO
        + "Thank you for your request. We look at it and tell you soon whether the time works.\n\n"
        + _DETAILS
        + "Reference: {{booking.reference}}\n\nSee or withdraw your request: {{booking.manage_link}}"
        + _GOODBYE,
    ),
    Template.BOOKING_RESCHEDULED: Text(
        "Your visit has moved to {{booking.when}}",
        _HELLO
        + "Your visit has a new time.\n\n"
        + _DETAILS
        + "Before: {{booking.was}}\nReference: {{booking.reference}}\n\n"
        + _CHANGE
        + _GOODBYE,
    ),
    Template.BOOKING_REASSIGNED: Text(
        "Your visit is now with {{booking.staff}}",
        _HELLO
        + "Your visit is now with {{booking.staff}}. The time stays as it was, so there is nothing to do.\n\n"
        + _DETAILS
        + "Reference: {{booking.reference}}\n\n"
        + _CHANGE
        + _GOODBYE,
    ),
    Template.BOOKING_RESIZED: Text(
        "Your visit takes {{booking.duration}}",
        _HELLO
        + "Your visit takes {{booking.duration}} now. It starts when it did.\n\n"
        + _DETAILS
        + "Reference: {{booking.reference}}\n\n"
        + _CHANGE
        + _GOODBYE,
    ),
    Template.BOOKING_CANCELLED: Text(
        "Your visit on {{booking.was}} is cancelled",
        _HELLO
        + "Your visit is cancelled.\n\nWhat: {{booking.service}}\nWhen: {{booking.was}}\nWith: {{booking.staff}}\n"
        "Reason: {{booking.reason}}\n\nYou are welcome to choose another time: {{booking_page}}" + _GOODBYE,
    ),
    Template.GROUP_CONFIRMATION: Text(
        "Your visits are booked: {{group.count}} from {{group.first}}",
        _HELLO
        + "Your visits are booked:\n\n{{group.visits}}\n\nWhere: {{group.location}}\n\n"
        + "See, move or cancel each of them: {{group.manage_link}}"
        + _GOODBYE,
    ),
    Template.GROUP_PENDING: Text(
        "We have your request for {{group.count}} from {{group.first}}",
        _HELLO + "Thank you for your request. We look at it and tell you soon whether these times work:\n\n"
        "{{group.visits}}\n\nSee or withdraw each of them: {{group.manage_link}}" + _GOODBYE,
    ),
    Template.GROUP_RESCHEDULED: Text(
        "Your visits have moved: {{group.count}} from {{group.first}}",
        _HELLO
        + "Your visits have new times:\n\n{{group.visits}}\n\nWhere: {{group.location}}\n\n"
        + "See, move or cancel each of them: {{group.manage_link}}"
        + _GOODBYE,
    ),
    Template.GROUP_CANCELLED: Text(
        "Your visits are cancelled: {{group.count}} from {{group.first}}",
        _HELLO
        + "These visits are cancelled:\n\n{{group.visits}}\n\nReason: {{group.reason}}\n\n"
        + "You are welcome to choose other times: {{booking_page}}"
        + _GOODBYE,
    ),
    Template.REMINDER: Text(
        "See you on {{booking.when}}",
        _HELLO + "A short reminder of your visit.\n\n" + _DETAILS + "\n" + _CHANGE + _GOODBYE,
    ),
    Template.WAITLIST_JOINED: Text(
        "You are on the waitlist for {{waitlist.service}}",
        _HELLO + "You are on our waitlist. When a time becomes free that suits you, we keep it for you for "
        "{{waitlist.hold}} and tell you at once.\n\n"
        "What: {{waitlist.service}}\nWhen: {{waitlist.wish}}\n\n"
        "See your place, or leave the list: {{waitlist.link}}" + _GOODBYE,
    ),
    Template.WAITLIST_OFFER: Text(
        "A time is free for you: {{offer.when}}",
        _HELLO + "A time has become free, and it is kept for you until {{offer.until}}.\n\n"
        "What: {{waitlist.service}}\nWhen: {{offer.when}}\nWith: {{offer.staff}}\nWhere: {{offer.location}}\n\n"
        "Take it or leave it: {{waitlist.link}}\n\n"
        "Without an answer it goes to the next on the list, and you keep your place." + _GOODBYE,
    ),
    Template.WAITLIST_LAPSED: Text(
        "You are still on the waitlist for {{waitlist.service}}",
        _HELLO
        + "The time on {{offer.when}} was kept for you until {{offer.until}} and has gone to the next on the list.\n\n"
        "You keep your place and hear from us when another time becomes free.\n\n"
        "See your place, or leave the list: {{waitlist.link}}" + _GOODBYE,
    ),
    Template.FORMS: Text(
        "Before your visit: forms to fill in",
        _HELLO
        + "Before your visit on {{booking.when}} we need a few answers. It takes some minutes and works on a phone.\n\n"
        "{{forms.links}}\n\nThe answers are due by {{forms.due}}." + _GOODBYE,
    ),
    Template.FORM_REQUEST: Text(
        "A form to fill in: {{form.name}}",
        _HELLO + "We need a few answers from you: “{{form.name}}”. It takes some minutes and works on a phone.\n\n"
        "Fill it in here: {{form.link}}\n\nThe answers are due by {{form.due}}." + _GOODBYE,
    ),
    Template.FORM_REMINDER: Text(
        "Still open: {{form.name}}",
        _HELLO
        + "We still need your answers for “{{form.name}}” by {{form.due}}.\n\nFill it in here: {{form.link}}"
        + _GOODBYE,
    ),
    Template.FORM_RECEIPT: Text(
        "We have your answers: {{form.name}}",
        _HELLO
        + "Thank you, your answers for “{{form.name}}” have arrived. There is nothing more to do for now."
        + _GOODBYE,
    ),
    Template.FOLLOW_UP: Text(
        "Thank you for your visit",
        _HELLO + "Thank you for coming to us for {{booking.service}}. We hope you are happy with it.\n\n"
        "If something is not as it should be, or if you liked it, a short answer to this message reaches us directly.\n\n"
        "Your next visit: {{booking_page}}" + _GOODBYE,
    ),
    Template.NO_SHOW_MESSAGE: Text(
        "We missed you on {{booking.when}}",
        _HELLO + "We had kept {{booking.when}} for you and missed you. We hope all is well.\n\n"
        "You are welcome to choose another time: {{booking_page}}" + _GOODBYE,
    ),
    Template.NEW_LINK: Text(
        "Your new link from {{business.name}}",
        _HELLO
        + "You asked for a new link. This one is for {{link.about}}:\n\n{{link.address}}\n\n"
        + "If you did not ask for it, there is nothing to do."
        + _GOODBYE,
    ),
    Template.STOCK_ALERT: Text(
        "Low stock: {{item.name}}",
        "{{item.name}} is low: {{item.available}} free, the threshold is {{item.threshold}}.\n\n"
        "See the item: {{item.link}}\n\n{{business.name}} on CareOps",
    ),
    Template.ALERT: Text(
        "{{alert.title}}",
        "{{alert.title}}\n{{alert.detail}}\n\nOpen: {{alert.link}}\n\n{{business.name}} on CareOps",
    ),
    Template.INVITATION: Text(
        "You are invited to join {{business.name}}",
        'Hello {{person.name | "there"}},\n\n{{business.name}} works with CareOps and invites you to join the team.\n\n'
        "Accept the invitation: {{private.link}}\n\nThe link is personal and good for 7 days.",
    ),
    Template.PASSWORD_RESET: Text(
        "Set a new password",
        "Somebody asked to set a new password for your CareOps account.\n\nSet it here: {{private.link}}\n\n"
        "The link is good for 30 minutes and works once. If it was not you, there is nothing to do.",
    ),
}


def fill(
    template: Template | str, values: Mapping[str, str], own: Text | None = None, *, keep: frozenset[str] = PRIVATE
) -> Filled:
    """Put the values into a template's text; placeholders in `keep` stay as they are, for later.

    Raises Invalid when the text asks for a name that the template does not offer or that has no value.
    """
    template = Template(template)
    text = own or DEFAULTS[template]
    offered = {name: values[name] for name in OFFERS[template] if name in values}
    return Filled(_one_line(put_in(text.subject, offered, keep)), put_in(text.body, offered, keep).strip())


def fill_text(
    template: Template | str, values: Mapping[str, str], text: str, *, keep: frozenset[str] = PRIVATE
) -> str:  # fmt: skip
    """A wording of one part, such as that of a text message, with its values. Raises Invalid as `fill` does."""
    offered = {name: values[name] for name in OFFERS[Template(template)] if name in values}
    return put_in(text, offered, keep).strip()


def put_in(text: str, values: Mapping[str, str], keep: frozenset[str] = frozenset()) -> str:
    """The text with its placeholders replaced, once: a value is never read as a placeholder. Raises Invalid."""
    lines = (_line(line, values, keep) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in lines if line is not None))


def _line(line: str, values: Mapping[str, str], keep: frozenset[str]) -> str | None:
    """One line filled; None when it had placeholders and all of them came out empty."""
    found: list[str] = []

    def value(match: re.Match[str]) -> str:
        name, otherwise = match.group(1), match.group(2) or ""
        if name not in keep and name not in values:
            raise Invalid(body=f"There is no value for {{{{{name}}}}}.")
        found.append(match.group(0) if name in keep else values[name].strip() or otherwise)
        return found[-1]

    filled = _PLACEHOLDER.sub(value, line)
    return None if found and not any(found) else filled


def checked(template: Template, text: Text) -> Text:
    """The text as it may be saved. Raises Invalid(subject | body) naming the first thing that is wrong."""
    subject, body = _one_line(text.subject), _tidy(text.body)
    problems = {
        field: problem
        for field, words, longest in (("subject", subject, LONGEST_SUBJECT), ("body", body, LONGEST_BODY))
        if (problem := _problem(template, words, longest))
    }
    if problems:
        raise Invalid(**problems)
    return Text(subject, body)


def checked_words(template: Template, words: Words) -> Words:
    """A wording for both channels as it may be saved. Raises Invalid(subject | body | text).

    Subject and body are given together or not at all; empty ones mean the standard text.
    """
    subject, body, text = _one_line(words.subject), _tidy(words.body), _tidy(words.text)
    fields = [("text", text, LONGEST_TEXT)] if text else []
    if subject or body:
        fields += [("subject", subject, LONGEST_SUBJECT), ("body", body, LONGEST_BODY)]
    problems = {
        name: problem for name, said, longest in fields if (problem := _problem(template, said, longest))
    }  # fmt: skip
    if problems:
        raise Invalid(**problems)
    return Words(subject, body, text)


def _problem(template: Template, words: str, longest: int) -> str | None:
    """What is wrong with a text, where, and what to do about it."""
    if not words:
        return "Enter a text."
    if len(words) > longest:
        return f"The text is too long: {len(words):,} of {longest:,} characters."
    for number, line in enumerate(words.split("\n"), start=1):
        where = f"Line {number}: " if "\n" in words else ""
        unknown = next((name for name in placeholders_in(line) if name not in OFFERS[template]), None)
        if unknown:
            return f"{where}{{{{{unknown}}}}} cannot be used here. {_instead(template, unknown)}"
        rest = _PLACEHOLDER.sub("", line)
        if "{{" in rest or "}}" in rest:
            return f'{where}a placeholder is not written correctly. Example: {{{{contact.first_name | "there"}}}}'
    return None


def _instead(template: Template, unknown: str) -> str:
    """The cure for a placeholder that does not exist here: the one that was probably meant."""
    near = get_close_matches(unknown, OFFERS[template], n=1, cutoff=0.5)
    return f"Write {{{{{near[0]}}}}} instead, or choose one from the list." if near else "Choose one from the list."


def placeholders_in(words: str) -> list[str]:
    """The names a text uses, in order."""
    return [match.group(1) for match in _PLACEHOLDER.finditer(words)]


def offered_by(template: Template) -> list[Placeholder]:
    """What may be used in a template, for choosing from."""
    return [PLACEHOLDERS[name] for name in OFFERS[template]]


def preview(template: Template, text: Text) -> Filled:
    """The text with example values. Raises Invalid as `checked` does."""
    return fill(
        template,
        {name: PLACEHOLDERS[name].example for name in OFFERS[template]},
        checked(template, text),
        keep=frozenset(),
    )


def without_private(text: str) -> str:
    """The text for the screen: personal links that are never stored are named, not shown."""
    return _PLACEHOLDER.sub(lambda match: "(personal link)" if match.group(1) in PRIVATE else match.group(0), text)


def _one_line(text: str) -> str:
    return " ".join(_tidy(text).split())


def _tidy(text: str) -> str:
    """No control characters but line ends: they have no place in a message."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in text if sign in "\n\t" or (ord(sign) >= 32 and sign != "\x7f")).strip()
