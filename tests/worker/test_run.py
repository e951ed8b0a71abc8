"""The worker at work: everything flows by itself, quickly, through trouble, and stops cleanly."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from careops_app.automation import dispatcher
from careops_app.inbox import service as inbox
from careops_app.inbox.channels import Settings, carries
from careops_app.inbox.models import ChannelKind, MessageState
from careops_app.inbox.service import InquiryForm
from careops_app.infra import db
from careops_app.integrations.email import smtp
from careops_app.worker import run, schedule
from tests.inbox import carriers
from tests.inbox.carriers import Carrier
from tests.inbox.desk import Business, a_business
from tests.integrations.mail_server import PASSWORD, USER, MailServer, serving

SETTINGS = {"host": "smtp.example.com", "username": USER, "password": PASSWORD}


@pytest.fixture
def business(database: str) -> Business:
    """In real time: the timetable has a clock of its own."""
    return a_business()


@pytest.fixture
def carrier(business: Business) -> Iterator[Carrier]:
    found = Carrier()
    carriers.use(found)
    db.transact_now(inbox.connect_channel, business.actor, ChannelKind.EMAIL, "smtp", SETTINGS)
    yield found
    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)


@pytest.fixture
def mail(tmp_path: Path, business: Business) -> Iterator[MailServer]:
    """A real server, trusted by the adapter."""
    with serving(tmp_path) as server:

        @carries(ChannelKind.EMAIL, "smtp")
        def trusting(settings: Settings) -> smtp.SmtpChannel:
            return smtp.SmtpChannel(smtp.Server(**settings), tls=server.trust)

        settings = SETTINGS | {"host": server.host, "port": server.port}
        db.transact_now(inbox.connect_channel, business.actor, ChannelKind.EMAIL, "smtp", settings)
        yield server
    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)


async def until(condition: Any, seconds: float = 60) -> float:
    """Wait for a condition; how long it took."""
    began = time.monotonic()
    while not await asyncio.to_thread(condition):
        assert time.monotonic() - began < seconds, "it did not happen"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


def test_the_timetable_reads_as_it_runs() -> None:
    jobs = schedule.timetable(run.Worker())
    assert [(job.name, job.every_seconds) for job in jobs] == [
        ("events, rule runs and messages", 1), ("sign of life", 10), ("messages in doubt", 10), ("mailboxes", 10),
        ("timers", 15), ("health", 15), ("sweep", 3600), ("stock ledgers", 21600), ("zone data", 86400),
    ]  # fmt: skip
    clock = schedule.scheduler(run.Worker())
    assert {job.id for job in clock.get_jobs()} == {job.name for job in jobs}


def test_one_drain_carries_an_inquiry_to_its_welcome(harbour: Business) -> None:
    form = InquiryForm("Bea Newcomer", "bea@example.com", "", "Hello", "key-1")
    db.transact_now(inbox.submit_inquiry, harbour.workspace_id, form)
    run.drain_now()
    received, welcome = harbour.messages()
    assert (received.state, welcome.state, welcome.template) == ("received", "sent", "welcome")
    assert (welcome.rule, welcome.provider) == ("welcome", "captured")
    assert run.drain_now() == 0


async def test_drain_works_inside_a_running_loop(harbour: Business) -> None:
    harbour.reply()
    assert run.drain_now() > 0


async def test_an_inquiry_is_welcomed_through_a_real_server(business: Business, mail: MailServer) -> None:
    form = InquiryForm("Bea Newcomer", "bea@example.com", "", "Hello", "key-1")
    async with run.serve():
        await asyncio.sleep(0.3)
        await asyncio.to_thread(db.transact_now, inbox.submit_inquiry, business.workspace_id, form)
        await until(lambda: len(mail.mailbox.taken) == 1)
        await until(lambda: business.messages()[-1].state == MessageState.SENT)
    assert mail.mailbox.taken[0].rcpt_tos == ["bea@example.com"]


async def test_a_change_wakes_the_worker_before_its_next_tick(
    business: Business, carrier: Carrier, monkeypatch
) -> None:
    monkeypatch.setattr(schedule, "timetable", lambda rounds: ())
    async with run.serve():
        await asyncio.sleep(0.3)
        await asyncio.to_thread(business.reply)
        assert await until(lambda: len(carrier.sent) == 1) < 1


async def test_a_database_in_trouble_is_waited_for(business: Business, carrier: Carrier, monkeypatch) -> None:
    down = [True, True]

    def fan_out() -> int:
        if down:
            down.pop()
            raise OperationalError("select 1", {}, Exception("the server closed the connection"))
        return 0

    monkeypatch.setattr(dispatcher, "fan_out", fan_out)
    async with run.serve():
        await asyncio.to_thread(business.reply)
        await until(lambda: len(carrier.sent) == 1)
    assert down == []


async def test_a_defect_does_not_end_the_worker(business: Business, carrier: Carrier, monkeypatch) -> None:
    defects = [True]

    def run_due() -> int:
        if defects:
            defects.pop()
            raise KeyError("a defect")
        return 0

    monkeypatch.setattr(dispatcher, "run_due", run_due)
    async with run.serve():
        await asyncio.to_thread(business.reply)
        await until(lambda: len(carrier.sent) == 1)


async def test_on_the_way_out_the_mail_in_flight_finishes_and_no_lease_is_left(
    business: Business, carrier: Carrier
) -> None:
    carrier.gate = threading.Event()
    async with run.serve():
        for n in range(3):
            await asyncio.to_thread(business.draft, f"confirmation:{n}", "booking_confirmation")
        await until(carrier.arrived.is_set)
        threading.Timer(0.3, carrier.gate.set).start()
    states = [message.state for message in business.messages()]
    assert states.count(MessageState.SENT) == len(carrier.sent) >= 1
    assert MessageState.SENDING not in states
    assert all(message.lease_token is None for message in business.messages())


async def test_a_server_that_never_answers_cannot_hold_up_the_end(
    business: Business, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(run, "STOP_WITHIN", 0.5)
    with serving(tmp_path) as server:
        server.mailbox.silent_after_data = True
        carries(ChannelKind.EMAIL, "smtp")(lambda settings: smtp.SmtpChannel(smtp.Server(**settings), tls=server.trust))
        settings = SETTINGS | {"host": server.host, "port": server.port}
        db.transact_now(inbox.connect_channel, business.actor, ChannelKind.EMAIL, "smtp", settings)
        began = time.monotonic()
        async with run.serve():
            await asyncio.to_thread(business.reply)
            await until(lambda: len(server.mailbox.taken) == 1)
        assert time.monotonic() - began < 8
    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)
    (message,) = business.messages()
    assert (message.state, message.lease_token) == (MessageState.UNCERTAIN, None)
