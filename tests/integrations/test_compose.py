"""How a message looks on the wire: headers that hold, parts that are read, entries that calendars accept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from careops_app.inbox.channels import Invite, Outgoing
from careops_app.integrations.calendar.ics import calendar_of
from careops_app.integrations.email.compose import compose

MAIL = Outgoing(
    sender="clinic@example.com", sender_name="Harbour Clinic", recipient="amelia@example.com", subject="Your visit",
    body="Hello Amelia,\n\nSee https://example.com/m/7KQ4?a=1&b=2.\n\nWarm wishes", message_id="<one@example.com>",
)  # fmt: skip
START = datetime(2026, 6, 16, 12, 0, tzinfo=UTC)
INVITE = Invite(
    "booking-7@careops", 2, False, START, START + timedelta(minutes=45), "Europe/London", "Peel; treatment, Harbour",
    "4 Shore Row, Leith", "Reference SM-7KQ4",
)  # fmt: skip
ALLOWED = {
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "in-reply-to", "references", "reply-to",
    "auto-submitted", "x-auto-response-suppress",
}  # fmt: skip


def parsed(outgoing: Outgoing) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(compose(outgoing), policy=default))


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def test_a_mail_has_a_text_and_an_html_part_with_the_same_words() -> None:
    mail = parsed(MAIL)
    assert text_of(mail, "plain").strip() == MAIL.body
    html = text_of(mail, "html")
    assert '<a href="https://example.com/m/7KQ4?a=1&amp;b=2"' in html
    assert "Warm wishes" in html


def test_html_in_a_text_stays_text() -> None:
    html = text_of(parsed(replace(MAIL, body='<script>alert(1)</script> "x" https://e.com/"onclick=1')), "html")
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert 'href="https://e.com/"' in html


def test_mail_that_can_be_ended_says_where_in_its_headers_and_below_its_words() -> None:
    address = "https://care.example.com/u/123456-" + "x" * 60
    mail = parsed(replace(MAIL, unsubscribe=address))
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (f"<{address}>", "List-Unsubscribe=One-Click")
    assert text_of(mail, "plain").strip().endswith(f"No more automatic mail like this: {address}")
    assert f'href="{address}"' in text_of(mail, "html")
    assert f"List-Unsubscribe: <{address}>\r\n".encode() in compose(replace(MAIL, unsubscribe=address)), "in one piece"


def test_one_click_is_promised_over_https_only() -> None:
    mail = parsed(replace(MAIL, unsubscribe="http://localhost:3000/u/1-x"))
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == ("<http://localhost:3000/u/1-x>", None)
    assert parsed(MAIL)["List-Unsubscribe"] is None


def test_automatic_mail_says_so_and_a_reply_does_not() -> None:
    assert parsed(MAIL)["Auto-Submitted"] is None
    mail = parsed(replace(MAIL, automated=True))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")


def test_a_thread_keeps_its_ids_even_long_ones() -> None:
    long = f"<{'A' * 90}@{'b' * 60}.example.com>"
    raw = compose(replace(MAIL, in_reply_to=long, references=("<a@example.com>", long)))
    assert f"In-Reply-To: {long}\r\n".encode() in raw
    assert f"References: <a@example.com>\r\n {long}\r\n".encode() in raw


def test_what_does_not_look_like_a_message_id_is_left_out() -> None:
    hostile = ("<a@b>\r\nBcc: x@example.com", "<[a]>", "no brackets", "<a b@c>", "")
    mail = parsed(replace(MAIL, in_reply_to="<x>\nBcc: y@example.com", references=hostile))
    assert (mail["In-Reply-To"], mail["References"], mail["Bcc"]) == (None, None, None)


def test_answers_go_where_the_business_reads() -> None:
    assert parsed(replace(MAIL, reply_to="hello@example.com"))["Reply-To"] == "Harbour Clinic <hello@example.com>"


INJECTION = st.text(max_size=300) | st.builds(
    "{}\r\nBcc: evil@example.com{}".format, st.text(max_size=30), st.text(max_size=30)
)


@given(name=INJECTION, subject=INJECTION, body=INJECTION)
def test_nothing_a_person_typed_becomes_a_header(name: str, subject: str, body: str) -> None:
    body = body.encode("utf-8", "ignore").decode()
    mail = parsed(replace(MAIL, sender_name=name, subject=subject, body=body, automated=True, reply_to="r@example.com"))
    assert {each.lower() for each, _ in mail.items()} <= ALLOWED
    assert [address.addr_spec for address in mail["To"].addresses] == ["amelia@example.com"]
    assert [address.addr_spec for address in mail["From"].addresses] == ["clinic@example.com"]


@given(st.text(max_size=250))
def test_every_line_fits_the_wire(subject: str) -> None:
    raw = compose(replace(MAIL, subject=subject, sender_name=subject))
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "recipient", ["not an address", "a@b@c", "Name <a@example.com>", "a@example.com, b@example.com"]
)
def test_an_address_that_is_none_is_refused(recipient: str) -> None:
    from email.errors import MessageError

    with pytest.raises((ValueError, MessageError)):
        compose(replace(MAIL, recipient=recipient))


def entry_of(outgoing: Outgoing) -> Calendar:
    (attached,) = parsed(outgoing).iter_attachments()
    assert attached.get_filename() in ("visit.ics", "cancel.ics")
    return cast(Calendar, Calendar.from_ical(attached.get_content()))


def test_a_booking_travels_as_a_calendar_entry() -> None:
    calendar = entry_of(replace(MAIL, invite=INVITE))
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["UID"], event["SEQUENCE"]) == ("REQUEST", "booking-7@careops", 2)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (INVITE.starts_at, INVITE.ends_at)
    assert (event["SUMMARY"], event["LOCATION"]) == ("Peel; treatment, Harbour", "4 Shore Row, Leith")
    assert (event["ORGANIZER"], event["ATTENDEE"]) == ("mailto:clinic@example.com", "mailto:amelia@example.com")
    assert event["STATUS"] == "CONFIRMED" and "DTSTAMP" in event


def test_a_cancelled_booking_takes_the_same_entry_away() -> None:
    calendar = entry_of(replace(MAIL, invite=replace(INVITE, cancelled=True, sequence=3)))
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["UID"], event["SEQUENCE"]) == ("CANCEL", "booking-7@careops", 3)
    assert event["STATUS"] == "CANCELLED"


def test_a_request_is_tentative_and_a_downloaded_file_invites_nobody() -> None:
    waiting = replace(INVITE, tentative=True)
    file = calendar_of(waiting, "hello@saltmarsh.example", "Saltmarsh", "nora@example.com", as_file=True)
    entry = Calendar.from_ical(file)
    assert (entry["method"], entry.walk("VEVENT")[0]["status"]) == ("PUBLISH", "TENTATIVE")
    agreed = Calendar.from_ical(calendar_of(INVITE, "hello@saltmarsh.example", "Saltmarsh", "nora@example.com"))
    assert (agreed["method"], agreed.walk("VEVENT")[0]["status"]) == ("REQUEST", "CONFIRMED")


def test_mail_programs_find_the_method_on_the_part() -> None:
    parts = [part for part in parsed(replace(MAIL, invite=INVITE)).walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_param("method") for part in parts] == ["REQUEST", "REQUEST"]
    assert text_of(parsed(replace(MAIL, invite=INVITE)), "plain").strip() == MAIL.body


def test_a_name_cannot_add_lines_to_a_calendar_entry() -> None:
    hostile = replace(INVITE, summary="x\r\nATTENDEE:mailto:evil@example.com", location="y\nURL:https://evil.example")
    calendar = entry_of(replace(MAIL, invite=hostile, sender_name='A "B"\r\nX-EVIL:1'))
    (event,) = calendar.walk("VEVENT")
    assert event["ATTENDEE"] == "mailto:amelia@example.com"
    assert "URL" not in event and "X-EVIL" not in event
