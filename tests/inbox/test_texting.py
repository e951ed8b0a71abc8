"""Texts through the whole queue and a server like Twilio's: doubt, reports, STOP, quiet hours, countries, the day's limit."""

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from careops_app.errors import Refused
from careops_app.inbox import reports, settling, suppression, text_limits, thread_queries
from careops_app.inbox import service as inbox
from careops_app.inbox.arming import arm, claim
from careops_app.inbox.channels import Incoming, Receipt, carries
from careops_app.inbox.models import ChannelKind, Message, MessageClass, MessageState
from careops_app.inbox.reports import Report
from careops_app.infra import clock as time
from careops_app.infra import db
from careops_app.integrations.sms.twilio import TwilioChannel
from tests.inbox.desk import Business, deliver
from tests.integrations.twilio_server import ACCOUNT, HANGS_UP, KEPT, OPTED_OUT, THROTTLED, TOKEN, Twilio, twilio_server

NUMBER = "+447400123456"
SMS = ChannelKind.SMS


@pytest.fixture
def twilio(harbour: Business) -> Iterator[Twilio]:
    """The harbour sends its texts through a server like Twilio's."""
    from careops_app.integrations.sms.twilio import twilio_channel

    with twilio_server() as server:
        carries(SMS, "twilio")(lambda kept: TwilioChannel(kept, server.url, (0.0,)))
        given = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from": KEPT["from"]}
        db.transact_now(inbox.connect_channel, harbour.actor, SMS, "twilio", given)
        yield server
    carries(SMS, "twilio")(twilio_channel)


def text(business: Business, body: str = "See you at ten") -> int:
    return business.reply(body, "sms").message_id


def tell(business: Business, message_id: int, status: str, ref: str = "SM1", code: str = "") -> bool:
    told = Report(business.message(message_id).rfc_message_id or "", ref, status, code)
    return db.transact_now(reports.report, business.workspace_id, told)


def write(business: Business, body: str, sid: str = "SM9", **more: Any) -> int:
    incoming = Incoming(SMS, NUMBER, body, message_id=sid, **more)
    return db.transact_now(inbox.receive, business.workspace_id, incoming)


def stopped(business: Business) -> bool:
    return db.fetch_now(lambda session, _: suppression.is_suppressed(session, SMS, NUMBER), business.workspace_id)


def limit(business: Business, **changed: str) -> None:
    given = {"quiet_from": "21:00", "quiet_until": "8:00", "countries": "GB", "daily_cap": "250"} | changed
    db.transact_now(text_limits.limit_texts, business.actor, given)


def automated(business: Business, key: str, **more: Any) -> int:
    """An automatic message that goes by text: the captured e-mail comes after a connected channel."""
    message_id = business.automated(key, **more)
    assert business.message(message_id).channel == SMS
    return message_id


# doubt and reports --------------------------------------------------------------------------------------------------


def test_a_text_is_taken_and_then_delivered(harbour: Business, twilio: Twilio) -> None:
    message = text(harbour)
    deliver()
    assert (harbour.message(message).state, harbour.message(message).provider_ref) == ("sent", twilio.taken[0]["sid"])
    assert tell(harbour, message, "delivered", twilio.taken[0]["sid"])
    assert harbour.message(message).state == MessageState.DELIVERED


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("answer", [(500, 20500, "Internal Server Error"), HANGS_UP])
def test_doubt_is_never_sent_again_by_itself(
    harbour: Business, twilio: Twilio, clock: Any, answer: Any, accepted: bool
) -> None:
    twilio.answers, twilio.takes_first, twilio.listed = [answer], accepted, False
    message = text(harbour)
    for _ in range(6):
        deliver()
        clock.advance(hours=5)
    assert harbour.message(message).state == MessageState.UNCERTAIN
    assert twilio.requests == 1 and len(twilio.taken) == accepted
    assert len(harbour.events("message.failed")) == 1, "somebody is told"


def test_a_report_ends_the_doubt(harbour: Business, twilio: Twilio) -> None:
    twilio.answers, twilio.takes_first, twilio.listed = [HANGS_UP], True, False
    message = text(harbour)
    deliver()
    assert tell(harbour, message, "sent", "SM7")
    assert (harbour.message(message).state, harbour.message(message).provider_ref) == (MessageState.SENT, "SM7")
    assert len(harbour.events("message.sent")) == 1
    tell(harbour, message, "delivered", "SM7")
    assert harbour.message(message).state == MessageState.DELIVERED


def test_a_report_that_comes_before_the_answer_is_kept_for_it(harbour: Business, twilio: Twilio) -> None:
    message = text(harbour)
    (mine,) = db.transact_now(claim, db.SYSTEM)
    assert db.transact_now(arm, mine.workspace_id, mine) is not None
    assert tell(harbour, message, "delivered", "SM5")
    assert harbour.message(message).state == MessageState.SENDING
    assert db.transact_now(settling.settle_sent, mine.workspace_id, mine, Receipt("SM5"))
    assert harbour.message(message).state == MessageState.DELIVERED


def test_a_report_that_comes_before_the_doubt_leaves_none(harbour: Business, twilio: Twilio) -> None:
    message = text(harbour)
    (mine,) = db.transact_now(claim, db.SYSTEM)
    db.transact_now(arm, mine.workspace_id, mine)
    tell(harbour, message, "sent", "SM5")
    db.transact_now(settling.settle_failed, mine.workspace_id, mine, settling.LOST)
    assert harbour.message(message).state == MessageState.SENT
    assert harbour.events("message.failed") == []


def test_reports_in_any_order_and_often_never_go_backwards(harbour: Business, twilio: Twilio) -> None:
    for number in range(12):
        message = text(harbour, f"Text {number}")
        deliver()
        ref = harbour.message(message).provider_ref or ""
        told = ["accepted", "queued", "sending", "sent", "delivered"] * 2
        random.Random(number).shuffle(told)
        seen_delivered = False
        for status in told:
            tell(harbour, message, status, ref)
            seen_delivered |= status == "delivered"
            expected = MessageState.DELIVERED if seen_delivered else MessageState.SENT
            assert harbour.message(message).state == expected
        tell(harbour, message, "undelivered", ref, "30003")
        assert harbour.message(message).state == MessageState.DELIVERED
    assert len(harbour.events("message.sent")) == 12


def test_an_undelivered_text_says_why_and_somebody_is_told(harbour: Business, twilio: Twilio) -> None:
    message = text(harbour)
    deliver()
    ref = harbour.message(message).provider_ref or ""
    assert tell(harbour, message, "undelivered", ref, "30005")
    assert not tell(harbour, message, "undelivered", ref, "30005"), "the same report, once"
    assert (harbour.message(message).state, harbour.message(message).reason) == (
        "bounced",
        "The number is not known (30005)",
    )
    assert len(harbour.events("message.failed")) == 1


def test_what_staff_send_again_does_not_leave_when_the_first_had_arrived(harbour: Business, twilio: Twilio) -> None:
    twilio.answers, twilio.takes_first, twilio.listed = [HANGS_UP], True, False
    message = text(harbour)
    deliver()
    db.transact_now(inbox.retry_message, harbour.actor, message)
    tell(harbour, message, "delivered", "SM3")
    deliver()
    assert (harbour.message(message).state, harbour.message(message).reason) == (MessageState.SKIPPED, "arrived")
    assert twilio.requests == 1


def test_too_many_at_once_waits_and_goes_once(harbour: Business, twilio: Twilio, clock: Any) -> None:
    twilio.answers = [THROTTLED]
    message = text(harbour)
    deliver()
    assert harbour.message(message).state == MessageState.QUEUED
    clock.advance(minutes=5)
    deliver()
    assert harbour.message(message).state == MessageState.SENT and len(twilio.taken) == 1


# STOP and START -----------------------------------------------------------------------------------------------------


def test_twilios_refusal_of_a_stopped_number_is_remembered(harbour: Business, twilio: Twilio) -> None:
    twilio.answers = [OPTED_OUT]
    message = text(harbour)
    deliver()
    assert harbour.message(message).state == MessageState.FAILED and stopped(harbour)
    with pytest.raises(Refused, match="asked for no messages"):
        text(harbour)


def test_stop_is_kept_once_makes_nobody_wait_and_nothing_leaves_after_it(harbour: Business, twilio: Twilio) -> None:
    waiting, written = automated(harbour, "welcome"), text(harbour, "Hello")
    db.transact_now(inbox.resume, harbour.actor, harbour.conversation_id())
    received = write(harbour, "Stop")
    assert write(harbour, "Stop") == received
    deliver()
    assert twilio.requests == 0 and stopped(harbour)
    assert (harbour.message(written).state, harbour.message(written).reason) == (MessageState.FAILED, "opted_out")
    assert harbour.message(waiting).state == MessageState.SKIPPED
    assert harbour.message(waiting).reason == "opted_out"
    assert harbour.conversation().waiting_since is None and harbour.events("message.received") == []


def test_after_stop_automation_goes_by_e_mail_and_start_lifts_it(harbour: Business, twilio: Twilio) -> None:
    write(harbour, "UNSUBSCRIBE")
    assert harbour.message(harbour.automated("one")).channel == ChannelKind.EMAIL
    head = db.fetch_now(thread_queries.conversation_head, harbour.actor, harbour.conversation_id())
    (sms,) = [each for each in head.channels if each.kind == SMS]
    assert sms.is_suppressed and "START" in sms.why_not
    write(harbour, "Start", "SM10")
    assert not stopped(harbour)
    deliver()
    text(harbour)
    deliver()
    assert len(twilio.taken) == 1


def test_yes_is_an_answer_unless_something_was_stopped(harbour: Business, twilio: Twilio) -> None:
    write(harbour, "Yes", "SM1")
    assert len(harbour.events("message.received")) == 1 and harbour.conversation().waiting_since is not None
    write(harbour, "Stop", "SM2")
    write(harbour, "Yes", "SM3")
    assert not stopped(harbour) and len(harbour.events("message.received")) == 1


def test_what_twilio_understood_counts_too(harbour: Business, twilio: Twilio) -> None:
    write(harbour, "ARRET", keyword="stop")
    assert stopped(harbour)


def test_sending_and_stop_start_together_and_nothing_leaves_after_the_stop(harbour: Business, twilio: Twilio) -> None:
    for number in range(25):
        text(harbour, f"Text {number}")
        (mine,) = db.transact_now(claim, db.SYSTEM)
        start = threading.Barrier(2)
        seen: list[tuple[bool, bool]] = []

        def stop(sid: str = f"SM{number}", at: threading.Barrier = start) -> None:
            at.wait()
            write(harbour, "stop", sid)

        def look(session: Any, workspace_id: int, one: Any) -> tuple[bool, bool]:
            """Whether it may leave, and whether a stop had committed by the end of that look."""
            may_leave = arm(session, workspace_id, one) is not None
            return may_leave, suppression.is_suppressed(session, SMS, NUMBER)

        def send(one: Any = mine, at: threading.Barrier = start, into: list[tuple[bool, bool]] = seen) -> None:
            at.wait()
            into.append(db.transact_now(look, one.workspace_id, one))

        threads = [threading.Thread(target=stop), threading.Thread(target=send)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert stopped(harbour)
        assert seen != [(True, True)], "it left after the stop"
        if seen[0][0]:
            db.transact_now(settling.settle_sent, mine.workspace_id, mine, Receipt(f"SMx{number}"))
        again = harbour.draft(f"later:{number}")
        assert harbour.message(again.message_id).channel == ChannelKind.EMAIL
        write(harbour, "start", f"SMs{number}")
        deliver()
    assert twilio.requests == 0, "nothing was handed over but by hand"


# quiet hours, countries, the day's limit ----------------------------------------------------------------------------


@pytest.fixture
def night(clock: Any) -> datetime:
    """22:30 in London, in winter."""
    moment = datetime(2027, 1, 11, 22, 30, tzinfo=UTC)
    clock.advance(seconds=(moment - time.now()).total_seconds())
    return moment


def test_at_night_automation_waits_and_people_do_not(harbour: Business, twilio: Twilio, night: Any, clock: Any) -> None:
    waiting = automated(harbour, "welcome", not_after=night + timedelta(hours=20))
    useless = automated(harbour, "soon", not_after=night + timedelta(hours=2))
    answer = harbour.draft("confirmation", "booking_confirmation", message_class=MessageClass.TRANSACTIONAL)
    deliver()
    assert [each["Body"] for each in twilio.taken] == [harbour.message(answer.message_id).body]
    held = harbour.message(waiting)
    assert (held.state, held.reason, held.claims) == (MessageState.QUEUED, "quiet_hours", 0)
    assert held.due_at == datetime(2027, 1, 12, 8, 0, tzinfo=UTC)
    assert (harbour.message(useless).state, harbour.message(useless).reason) == ("skipped", "quiet_too_late")
    clock.advance(hours=9, minutes=31)
    deliver()
    assert harbour.message(waiting).state == MessageState.SENT


def test_the_night_is_where_the_customer_lives(harbour: Business, twilio: Twilio, night: Any) -> None:
    from careops_app.contacts.models import Contact

    def move(session: Any, _: int) -> None:
        db.load(session, Contact, harbour.contact_id).time_zone = "America/New_York"

    db.transact_now(move, harbour.workspace_id)
    waiting = automated(harbour, "welcome")
    deliver()
    assert harbour.message(waiting).state == MessageState.SENT


def test_texts_to_other_countries_are_refused_until_an_owner_allows_them(harbour: Business, twilio: Twilio) -> None:
    limit(harbour, countries="DE")
    message = text(harbour)
    deliver()
    assert (harbour.message(message).state, harbour.message(message).reason) == ("failed", "country_not_allowed")
    limit(harbour, countries="DE, GB")
    db.transact_now(inbox.retry_message, harbour.actor, message)
    deliver()
    assert harbour.message(message).state == MessageState.SENT and len(twilio.taken) == 1


def test_beyond_the_days_limit_nothing_leaves_and_one_alert_says_so(
    harbour: Business, twilio: Twilio, clock: Any
) -> None:
    limit(harbour, daily_cap="2", quiet_from="0:00", quiet_until="0:00")
    messages = [automated(harbour, f"welcome:{number}") for number in range(5)]
    deliver()
    found: list[Message] = [harbour.message(each) for each in messages]
    assert [each.state for each in found] == ["sent", "sent", "skipped", "skipped", "skipped"]
    assert {each.reason for each in found[2:]} == {"daily_cap"}
    (told,) = harbour.events("channel.failed")
    assert "limit of 2 texts a day" in told.reason
    clock.advance(hours=24)
    last = automated(harbour, "tomorrow")
    deliver()
    assert harbour.message(last).state == MessageState.SENT
    assert len(harbour.events("channel.failed")) == len(harbour.events("channel.restored")) == 1
