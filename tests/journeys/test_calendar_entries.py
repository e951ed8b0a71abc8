"""The life of a visit in the customer's calendar: read from the mails that arrive, by the icalendar library."""

import random
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast as typed

import pytest
from icalendar import Calendar, Event

from careops_app.bookings import queries, service
from careops_app.bookings.making import BookingRequest
from careops_app.bookings.service import Move
from careops_app.demo import cast
from careops_app.inbox import service as inbox
from careops_app.inbox.channels import Settings, carries
from careops_app.inbox.models import ChannelKind
from careops_app.infra import clock as time_source
from careops_app.infra import db
from careops_app.integrations.email import smtp
from careops_app.worker.run import drain_now
from tests.cast import Business
from tests.conftest import HandClock
from tests.integrations.mail_server import PASSWORD, USER, MailServer, serving


@pytest.fixture
def server(clinic: Business, tmp_path: Path) -> Iterator[MailServer]:
    """The clinic sends its mail through a real server on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serving(tmp_path, port=port) as running:

        @carries(ChannelKind.EMAIL, "smtp")
        def trusting(settings: Settings) -> smtp.SmtpChannel:
            return smtp.SmtpChannel(smtp.Server(**settings), tls=running.trust)

        settings = {"host": "127.0.0.1", "port": port, "username": USER, "password": PASSWORD}
        clinic.do(inbox.connect_channel, ChannelKind.EMAIL, "smtp", settings)
        yield running
    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)


def entries(server: MailServer, address: str) -> list[tuple[Calendar, Event]]:
    """The calendar entries that came to this address, in their order; each mail carries the same one twice."""
    found = []
    for envelope in server.mailbox.taken:
        if address in envelope.rcpt_tos and (parts := _calendar_parts(envelope.content)):
            inside, file = parts
            assert file.get_content() == inside.get_content() and file.get_content_disposition() == "attachment"
            entry = typed(Calendar, Calendar.from_ical(inside.get_content()))
            assert entry.errors == [] and inside["content-type"].params["method"] == str(entry["method"])
            (event,) = entry.walk("VEVENT")
            assert event.errors == []
            found.append((entry, event))
    return found


def _calendar_parts(raw: bytes | str | None) -> list[EmailMessage]:
    mail = typed(EmailMessage, message_from_bytes(typed(bytes, raw), policy=default))
    return [typed(EmailMessage, part) for part in mail.walk() if part.get_content_type() == "text/calendar"]


def _sequence(event: Event) -> int:
    return int(event.decoded("sequence"))


class CalendarProgram:
    """What a customer's calendar shows after these entries, by the rules of RFC 5546: the highest sequence counts."""

    def __init__(self) -> None:
        self.shown: dict[str, Event] = {}

    def take(self, entry: Calendar, event: Event) -> None:
        known = self.shown.get(uid := str(event["uid"]))
        if known is not None and _sequence(event) <= _sequence(known):
            return
        if str(entry["method"]) == "CANCEL":
            self.shown.pop(uid, None)
        else:
            self.shown[uid] = event


def _ask(clinic: Business, start: datetime, number: int) -> int:
    wanted = BookingRequest(
        clinic.service(cast.CONSULT), start, "Nora Vance", f"life-{number}", f"nora{number}@example.com"
    )
    return db.transact_now(service.request, clinic.id, wanted)


def _start_of(clinic: Business, booking: int) -> datetime:
    return clinic.ask(queries.booking_card, booking).starts_at


@pytest.mark.parametrize("seed", range(5))
def test_a_life_of_moves_and_a_cancel_is_one_entry_that_ends(
    clinic: Business, server: MailServer, clock: HandClock, seed: int
) -> None:
    chance = random.Random(seed)
    booking = _ask(clinic, chance.choice(clinic.free(cast.CONSULT, 5)), seed)
    drain_now()
    life = [_start_of(clinic, booking)]
    for _ in range(chance.randint(1, 5)):
        start = chance.choice([at for at in clinic.free(cast.CONSULT, chance.randint(4, 9)) if at != life[-1]])
        if chance.random() < 0.5:
            clinic.do(service.reschedule, Move(booking, start))
        else:
            db.transact_now(service.reschedule_by_customer, clinic.id, Move(booking, start))
        life.append(start)
        clock.advance(minutes=chance.randint(1, 90))
        drain_now()
    db.transact_now(service.cancel_by_customer, clinic.id, booking, "Ill")
    drain_now()

    came = entries(server, f"nora{seed}@example.com")
    assert len(came) == len(life) + 1, "the confirmation, one per move, and the end"
    assert len({str(event["uid"]) for _, event in came}) == 1
    numbers = [_sequence(event) for _, event in came]
    assert numbers == sorted(set(numbers)), "the sequence rises with every change"
    assert [str(entry["method"]) for entry, _ in came] == ["REQUEST"] * len(life) + ["CANCEL"]
    program = CalendarProgram()
    for (entry, event), start in zip(came, [*life, life[-1]], strict=True):
        assert f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\n" in event.to_ical().decode(), "in UTC, as every calendar reads it"
        assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=cast.CONSULT.minutes)
        assert "dtstamp" in event and str(event["organizer"]).startswith("mailto:")
        program.take(entry, event)
        assert [one.decoded("dtstart") for one in program.shown.values()] == (
            [] if str(entry["method"]) == "CANCEL" else [start]
        )
    assert program.shown == {} and str(came[-1][1]["status"]) == "CANCELLED"


def test_entries_that_arrive_in_another_order_show_the_same_visit(
    clinic: Business, server: MailServer, clock: HandClock
) -> None:
    booking = _ask(clinic, clinic.free(cast.CONSULT, 5)[0], 9)
    drain_now()
    for days in (6, 7):
        clinic.do(service.reschedule, Move(booking, clinic.free(cast.CONSULT, days)[3]))
        drain_now()
    came = entries(server, "nora9@example.com")
    for order in (came, came[::-1], [came[1], came[2], came[0]]):
        program = CalendarProgram()
        for entry, event in order:
            program.take(entry, event)
        (shown,) = program.shown.values()
        assert shown.decoded("dtstart") == _start_of(clinic, booking)


def test_two_moves_before_anything_is_sent_leave_one_entry_at_the_last_time(
    clinic: Business, server: MailServer
) -> None:
    booking = _ask(clinic, clinic.free(cast.CONSULT, 5)[0], 8)
    drain_now()
    for days in (6, 7):
        clinic.do(service.reschedule, Move(booking, clinic.free(cast.CONSULT, days)[3]))
    drain_now()
    program = CalendarProgram()
    for entry, event in entries(server, "nora8@example.com"):
        program.take(entry, event)
    (shown,) = program.shown.values()
    assert shown.decoded("dtstart") == _start_of(clinic, booking) > time_source.now()
