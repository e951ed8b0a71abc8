"""Claim, arm, send, settle: nothing lost, nothing sent twice, nothing called sent that was not."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from careops_app.errors import DeliveryFailed
from careops_app.inbox import answering, arming, channel_queries, delivery, rules, settling, thread_queries, trying
from careops_app.inbox import service as inbox
from careops_app.inbox.arming import Claim, Subject, arm, arm_check, claim, private_values
from careops_app.inbox.channels import Receipt
from careops_app.inbox.models import ChannelKind, MessageClass, MessageState, Outcome
from careops_app.inbox.service import AccountMail
from careops_app.infra import clock as time
from careops_app.infra import db
from careops_app.infra.db import SYSTEM
from careops_app.integrations.email import smtp
from tests.inbox import carriers
from tests.inbox.carriers import DOUBT, DOWN, LATER, REFUSED, WRONG_PASSWORD, Carrier
from tests.inbox.desk import EVENT, Business, deliver

SETTINGS = {"host": "smtp.example.com", "username": "clinic@example.com", "password": "secret"}


@pytest.fixture
def carrier(harbour: Business) -> Iterator[Carrier]:
    """A real account whose server is the test."""
    found = Carrier()
    carriers.use(found)
    db.transact_now(inbox.connect_channel, harbour.actor, ChannelKind.EMAIL, "smtp", SETTINGS)
    yield found
    inbox_channels_back()


def inbox_channels_back() -> None:
    from careops_app.inbox.channels import carries

    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)


def claimed(limit: int = 10) -> list[Claim]:
    return db.transact_now(claim, SYSTEM, limit=limit)


def armed(one: Claim) -> arming.Armed | None:
    return db.transact_now(arm, one.workspace_id, one)


def status(business: Business) -> channel_queries.ChannelStatus:
    return db.fetch_now(channel_queries.channel_status, business.workspace_id)[0]


def test_what_a_captured_channel_takes_is_sent_but_shown_as_kept_here(harbour: Business) -> None:
    message = harbour.draft("confirmation", "booking_confirmation").message_id
    assert deliver() == 1
    found = harbour.message(message)
    assert (found.state, found.provider) == (MessageState.SENT, "captured")
    assert db.fetch_now(thread_queries.message, harbour.workspace_id, message).state_key == "message.captured"
    assert [each.outcome for each in harbour.attempts(message)] == [Outcome.CAPTURED]
    assert harbour.events("message.sent")[0].contact_id == harbour.contact_id


def test_the_practice_address_is_refused_like_an_unknown_mailbox(harbour: Business) -> None:
    from careops_app.contacts import service as contacts
    from careops_app.contacts.service import Identity

    bounce = Identity("Bo Unce", "bounce+1@example.com")
    contact = db.transact_now(contacts.identify, harbour.workspace_id, bounce, "test").contact_id
    message = Business(harbour.actor, contact).draft("welcome:2").message_id
    deliver()
    assert harbour.message(message).state == MessageState.FAILED


def test_an_accepted_message_is_sent_with_its_attempt(harbour: Business, carrier: Carrier) -> None:
    replied = harbour.reply("We are open on Tuesday.")
    deliver()
    found, outgoing = harbour.message(replied.message_id), carrier.sent[0]
    assert (found.state, found.provider_ref, found.due_at, found.lease_token) == ("sent", "250 queued as 1", None, None)
    assert (outgoing.recipient, outgoing.body, outgoing.automated) == (
        "amelia@example.com",
        "We are open on Tuesday.",
        False,
    )
    assert outgoing.message_id == found.rfc_message_id
    attempt = harbour.attempts(replied.message_id)[0]
    assert (attempt.outcome, attempt.number, attempt.provider) == (Outcome.ACCEPTED, 1, "smtp")


def test_a_reply_stays_in_the_thread_of_the_customers_mail(harbour: Business, carrier: Carrier) -> None:
    harbour.draft("confirmation", "booking_confirmation")
    deliver()
    mail = inbox_mail("<theirs@example.com>", "Re: parking")
    db.transact_now(inbox.receive, harbour.workspace_id, mail)
    harbour.reply("Yes")
    deliver()
    last = carrier.sent[-1]
    assert (last.in_reply_to, last.subject) == ("<theirs@example.com>", "Re: parking")
    assert last.references == (carrier.sent[0].message_id, "<theirs@example.com>")


def inbox_mail(message_id: str, subject: str):
    from careops_app.inbox.channels import Incoming

    return Incoming(ChannelKind.EMAIL, "amelia@example.com", "Is there parking?", "Amelia", subject, message_id)


def test_a_definite_no_fails_and_says_so(harbour: Business, carrier: Carrier) -> None:
    carrier.answers = [REFUSED]
    message = harbour.reply().message_id
    deliver()
    found = harbour.message(message)
    assert (found.state, found.reason) == (MessageState.FAILED, "550 5.1.1 No such user")
    assert harbour.events("message.failed")[0].reason == "550 5.1.1 No such user"
    row = db.fetch_now(thread_queries.attempts, harbour.workspace_id, message)[0]
    assert (row.outcome, row.code, row.detail) == (Outcome.REFUSED, "550 5.1.1", "550 5.1.1 No such user")


def test_a_failed_message_can_be_sent_again_under_the_same_message_id(harbour: Business, carrier: Carrier) -> None:
    carrier.answers = [REFUSED]
    message = harbour.reply().message_id
    deliver()
    db.transact_now(inbox.retry_message, harbour.actor, message)
    deliver()
    assert harbour.message(message).state == MessageState.SENT
    assert carrier.sent[0].message_id == harbour.message(message).rfc_message_id
    assert [each.outcome for each in harbour.attempts(message)] == [Outcome.REFUSED, Outcome.ACCEPTED]


def test_a_temporary_no_is_tried_again_later(harbour: Business, carrier: Carrier, clock) -> None:
    carrier.answers = [LATER]
    message = harbour.reply().message_id
    deliver()
    found = harbour.message(message)
    assert (found.state, found.reason) == (MessageState.QUEUED, "451 4.3.0 Try later")
    assert time.now() < found.due_at <= time.now() + timedelta(seconds=30)
    assert deliver() == 0
    clock.advance(seconds=31)
    assert deliver() == 1
    assert harbour.message(message).state == MessageState.SENT


def test_after_the_last_try_it_fails_visibly(harbour: Business, carrier: Carrier, clock) -> None:
    carrier.answers = [LATER] * 20
    message = harbour.draft("confirmation", not_after=time.now() + timedelta(days=30)).message_id
    for _ in range(12):
        deliver()
        clock.advance(hours=5)
    assert harbour.message(message).state == MessageState.FAILED
    assert len(harbour.attempts(message)) == 8
    assert len(harbour.events("message.failed")) == 1


def test_doubt_is_never_sent_again_by_itself(harbour: Business, carrier: Carrier, clock) -> None:
    carrier.answers = [DOUBT]
    message = harbour.reply().message_id
    deliver()
    clock.advance(days=2)
    assert deliver() == 0
    assert harbour.message(message).state == MessageState.UNCERTAIN
    assert [each.outcome for each in harbour.attempts(message)] == [Outcome.UNCERTAIN]
    assert len(harbour.events("message.failed")) == 1
    assert carrier.sent == []


@pytest.mark.parametrize("trouble", [DOWN, WRONG_PASSWORD])
def test_while_the_channel_is_down_messages_wait_and_one_alert_is_raised(
    harbour: Business, carrier: Carrier, clock, trouble: DeliveryFailed
) -> None:
    carrier.answers = [trouble] * 3
    messages = [harbour.draft(f"confirmation:{n}", "booking_confirmation").message_id for n in range(6)]
    for _ in range(3):
        deliver()
        clock.advance(hours=1, minutes=1)
    assert {harbour.message(each).state for each in messages} == {MessageState.QUEUED}
    assert len(harbour.events("channel.failed")) == 1
    assert status(harbour).failure == str(trouble)
    assert sum(len(harbour.attempts(each)) for each in messages) == 3, "one message tries for all of them"
    deliver()
    assert {harbour.message(each).state for each in messages} == {MessageState.SENT}
    assert len(carrier.sent) == 6
    assert len(harbour.events("channel.restored")) == 1
    assert status(harbour).failing_since is None


def test_what_is_queued_during_an_outage_waits_without_trying(harbour: Business, carrier: Carrier) -> None:
    carrier.answers = [DOWN]
    harbour.reply()
    deliver()
    late = harbour.draft("confirmation", "booking_confirmation").message_id
    deliver()
    assert harbour.message(late).reason == "channel_down"
    assert (harbour.attempts(late), harbour.message(late).claims) == ([], 0)
    assert status(harbour).waiting == 2


def test_new_settings_let_waiting_messages_try_at_once(harbour: Business, carrier: Carrier) -> None:
    carrier.answers = [WRONG_PASSWORD]
    message = harbour.reply().message_id
    deliver()
    db.transact_now(inbox.connect_channel, harbour.actor, ChannelKind.EMAIL, "smtp", {**SETTINGS, "password": "right"})
    assert deliver() == 1
    assert harbour.message(message).state == MessageState.SENT


async def test_the_live_test_reports_the_providers_words_and_ends_the_outage(
    harbour: Business, carrier: Carrier
) -> None:
    carrier.answers = [WRONG_PASSWORD]
    checked = await trying.check_channel(harbour.actor, ChannelKind.EMAIL)
    assert (checked.works, checked.words, checked.code) == (False, "535 5.7.8 Not accepted", "535 5.7.8")
    assert status(harbour).works is False
    checked = await trying.check_channel(harbour.actor, ChannelKind.EMAIL)
    assert checked.works and status(harbour).works
    assert [len(harbour.events(name)) for name in ("channel.failed", "channel.restored")] == [1, 1]


def test_a_password_is_kept_only_for_its_own_server(harbour: Business, carrier: Carrier) -> None:
    connect = harbour.actor, ChannelKind.EMAIL, "smtp"
    db.transact_now(inbox.connect_channel, *connect, {**SETTINGS, "password": "", "sender_name": "Harbour"})
    assert status(harbour).has_password
    from careops_app.errors import Invalid

    with pytest.raises(Invalid):
        db.transact_now(inbox.connect_channel, *connect, {**SETTINGS, "password": "", "host": "evil.example.com"})


def test_too_late_is_skipped_for_automation_and_failed_for_people(harbour: Business, clock) -> None:
    automatic = harbour.automated("reminder", template="reminder", not_after=time.now() + timedelta(hours=1))
    harbour.draft("confirmation")
    clock.advance(hours=73)
    replied = harbour.draft("late", message_class=MessageClass.TRANSACTIONAL, not_after=time.now()).message_id
    clock.advance(seconds=1)
    deliver()
    assert (harbour.message(automatic).state, harbour.message(automatic).reason) == (MessageState.SKIPPED, "too_late")
    assert harbour.message(replied).state == MessageState.FAILED
    assert len(harbour.events("message.failed")) == 2


def test_a_stale_message_is_superseded_by_the_last_look(harbour: Business) -> None:
    seen: list[Subject] = []

    @arm_check("test_subject")
    def stale(session, workspace_id: int, subject: Subject) -> str | None:
        seen.append(subject)
        return "superseded" if subject.revision == 1 else None

    old = harbour.draft("old", about="test_subject", about_id=5, revision=1).message_id
    new = harbour.draft("new", about="test_subject", about_id=5, revision=2).message_id
    deliver()
    assert (harbour.message(old).state, harbour.message(old).reason) == (MessageState.SKIPPED, "superseded")
    assert harbour.message(new).state == MessageState.SENT
    assert {each.about_id for each in seen} == {5}
    assert [event.message_id for event in harbour.events("message.dropped")] == [old]


def test_a_private_link_is_sent_and_never_stored(harbour: Business, carrier: Carrier) -> None:
    @private_values("test_private")
    def link(session, about_id: int) -> dict[str, str]:
        return {"private.link": f"https://example.com/secret-{about_id}"}

    mail = AccountMail("new@example.com", "invitation", VALUES, about="test_private", about_id=9)
    outcome = db.transact_now(inbox.queue_account_message, harbour.workspace_id, mail, EVENT, "invitation-mail")
    deliver()
    assert "https://example.com/secret-9" in carrier.sent[0].body
    assert "secret-9" not in harbour.message(outcome.message_id).body
    assert "(personal link)" in db.fetch_now(thread_queries.message, harbour.workspace_id, outcome.message_id).body


VALUES = {
    "business.name": "Harbour", "business.address": "", "business.phone": "", "booking_page": "", "person.name": "Nia",
}  # fmt: skip


def test_an_expired_lease_before_sending_returns_the_message(harbour: Business, carrier: Carrier, clock) -> None:
    message = harbour.reply().message_id
    (first,) = claimed()
    assert claimed() == []
    clock.advance(seconds=61)
    (second,) = claimed()
    assert armed(first) is None, "the lease went to somebody else"
    assert armed(second) is not None
    assert harbour.message(message).state == MessageState.SENDING


def test_an_expired_lease_while_sending_is_doubt(harbour: Business, clock) -> None:
    message = harbour.reply().message_id
    (mine,) = claimed()
    assert armed(mine) is not None
    clock.advance(minutes=14)
    deliver()
    assert harbour.message(message).state == MessageState.UNCERTAIN
    assert [each.outcome for each in harbour.attempts(message)] == [Outcome.UNCERTAIN]
    assert db.transact_now(settling.settle_sent, mine.workspace_id, mine, Receipt("late")) is False
    assert harbour.message(message).state == MessageState.UNCERTAIN, "a late worker cannot change the state"
    late = harbour.attempts(message)[-1]
    assert (late.outcome, late.number) == (Outcome.ACCEPTED, 1), "but its answer is kept for staff to read"


def test_two_workers_never_claim_the_same_message(harbour: Business) -> None:
    for n in range(30):
        harbour.draft(f"confirmation:{n}", "booking_confirmation")
    found: list[Claim] = []
    threads = [threading.Thread(target=lambda: found.extend(claimed(10))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [each.message_id for each in found]
    assert len(ids) == len(set(ids)) == 30


def test_people_go_before_automation(harbour: Business, carrier: Carrier) -> None:
    harbour.automated("welcome")
    harbour.draft("confirmation", "booking_confirmation")
    reply = harbour.reply("First", keep_reminders=True).message_id
    deliver()
    assert carrier.sent[0].body == "First" and harbour.message(reply).state == MessageState.SENT


def test_a_slow_line_delays_no_other_workspace(harbour: Business, carrier: Carrier) -> None:
    from tests.inbox.desk import a_business

    other = a_business("Other Salon", "otto@example.com")
    slow, quick = harbour.reply().message_id, other.reply().message_id
    carrier.gate = threading.Event()

    async def both() -> None:
        courier = delivery.Courier()
        assert await courier.round() == 2
        for _ in range(200):
            if other.message(quick).state == MessageState.SENT:
                break
            await asyncio.sleep(0.02)
        assert other.message(quick).state == MessageState.SENT
        assert harbour.message(slow).state == MessageState.SENDING
        harbour.draft("waits", "booking_confirmation")
        assert await courier.round() == 0, "the busy line is left alone"
        assert carrier.gate is not None
        carrier.gate.set()
        await courier.idle()

    asyncio.run(both())
    assert harbour.message(slow).state == MessageState.SENT


def test_stopping_lets_the_mail_in_flight_finish_and_gives_back_the_rest(harbour: Business, carrier: Carrier) -> None:
    messages = [harbour.draft(f"confirmation:{n}", "booking_confirmation").message_id for n in range(3)]
    carrier.gate = threading.Event()

    async def stop_midway() -> None:
        courier = delivery.Courier()
        await courier.round()
        await asyncio.to_thread(carrier.arrived.wait, 10)
        stopping = asyncio.create_task(courier.stop())
        await asyncio.sleep(0.05)
        assert carrier.gate is not None
        carrier.gate.set()
        await stopping
        assert await courier.round() == 0

    asyncio.run(stop_midway())
    found = [harbour.message(each) for each in messages]
    assert [each.state for each in found] == ["sent", "queued", "queued"]
    assert [each.lease_token for each in found] == [None, None, None]


def test_an_adapter_that_breaks_leaves_doubt_not_silence(harbour: Business, carrier: Carrier) -> None:
    def explode(_: object) -> None:
        raise KeyError("a defect")

    carrier.before = explode
    message = harbour.reply().message_id
    deliver()
    assert harbour.message(message).state == MessageState.UNCERTAIN


# the race of a staff reply and an automated send (guarantees 3.5) --------------------------------------------------


def test_a_reply_while_a_message_leaves_reports_it_as_in_flight(harbour: Business, carrier: Carrier) -> None:
    message = harbour.automated("welcome")
    replies: list[inbox.Replied] = []
    carrier.before = lambda outgoing: replies.append(harbour.reply()) if outgoing.automated else None
    deliver()
    assert [each.message_id for each in replies[0].in_flight] == [message]
    assert replies[0].held == ()
    assert harbour.message(message).state == MessageState.SENT


def test_after_the_reply_has_committed_a_claimed_message_cannot_leave(harbour: Business, carrier: Carrier) -> None:
    message = harbour.automated("welcome")
    (mine,) = claimed()
    assert [each.message_id for each in harbour.reply().held] == [message]
    assert armed(mine) is None
    assert harbour.message(message).state == MessageState.HELD


def test_arming_waits_for_a_reply_that_has_not_committed_yet(harbour: Business, carrier: Carrier) -> None:
    """The reply holds the conversation's lock; arming begins, waits, and then sees what the reply did."""
    message = harbour.automated("welcome")
    (mine,) = claimed()
    conversation_id = harbour.conversation_id()
    written, go_on = threading.Event(), threading.Event()
    results: list[object] = []

    def slow_reply(session, actor) -> None:
        inbox.reply(session, actor, inbox.Reply(conversation_id, ChannelKind.EMAIL, "Hello"))
        written.set()
        go_on.wait(10)

    replying = threading.Thread(target=lambda: db.transact_now(slow_reply, harbour.actor))
    arming_ = threading.Thread(target=lambda: results.append(armed(mine)))
    replying.start()
    assert written.wait(10)
    arming_.start()
    arming_.join(0.3)
    assert arming_.is_alive(), "arming must wait for the reply"
    go_on.set()
    replying.join()
    arming_.join()
    assert results == [None]
    assert harbour.message(message).state == MessageState.HELD


def leaves_after_reply(harbour: Business) -> bool:
    """An automatic message written before a reply, that the reply did not hold (as a worker with old code would)."""
    message = harbour.automated("welcome")
    harbour.reply()
    deliver()
    return harbour.message(message).state == MessageState.SENT


@pytest.mark.parametrize("switched_off", ["hold", "pause and epoch"])
def test_either_defence_alone_is_enough(harbour: Business, carrier, monkeypatch, switched_off: str) -> None:
    if switched_off == "hold":
        monkeypatch.setattr(answering, "_hold_unsent", lambda session, conversation: [])
    else:
        monkeypatch.setattr(rules, "may_automate", lambda *_, **__: True)
    assert not leaves_after_reply(harbour)


def test_without_both_defences_the_message_would_leave(harbour: Business, carrier, monkeypatch) -> None:
    """The proof that the tests above can fail."""
    monkeypatch.setattr(answering, "_hold_unsent", lambda session, conversation: [])
    monkeypatch.setattr(rules, "may_automate", lambda *_, **__: True)
    assert leaves_after_reply(harbour)


def test_sender_and_replier_start_together_and_nothing_leaves_after_the_reply(
    harbour: Business, carrier: Carrier
) -> None:
    """Whoever wins: what leaves was armed before the reply committed, and the reply names it."""
    conversation_id = harbour.conversation_id()
    for n in range(60):
        message = harbour.automated(f"welcome:{n}")
        (mine,) = claimed(1)
        start = threading.Barrier(2)
        outcome: dict[str, object] = {}

        def send(one: Claim = mine, at: threading.Barrier = start, into: dict[str, object] = outcome) -> None:
            at.wait()
            into["armed"] = armed(one)

        def answer(at: threading.Barrier = start, into: dict[str, object] = outcome) -> None:
            at.wait()
            into["replied"] = harbour.reply()

        threads = [threading.Thread(target=send), threading.Thread(target=answer)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        replied = outcome["replied"]
        assert isinstance(replied, inbox.Replied)
        if outcome["armed"] is None:
            assert message in [each.message_id for each in replied.held]
        else:
            assert message in [each.message_id for each in replied.in_flight]
            db.transact_now(settling.settle_sent, mine.workspace_id, mine, Receipt("x"))
        db.transact_now(inbox.drop_message, harbour.actor, replied.message_id)
        db.transact_now(inbox.close, harbour.actor, conversation_id)


# the database's own refusals ---------------------------------------------------------------------------------------


def attempt_sql(business: Business, statement: str) -> None:
    db.transact_now(lambda session, _: session.execute(text(statement)), business.workspace_id)


@pytest.mark.parametrize(
    "statement",
    [
        "update message set state = 'sent', due_at = null",  # queued > sent
        "update message set state = 'delivered', due_at = null",
        "update message set state = 'sending'; update message set state = 'held', due_at = null",
        "update message set state = 'skipped', due_at = null; update message set state = 'queued', due_at = now()",
    ],
)
def test_the_database_refuses_ways_that_are_not_in_the_table(harbour: Business, statement: str) -> None:
    harbour.automated("welcome")
    with pytest.raises(DBAPIError):
        attempt_sql(harbour, statement)


def test_a_finished_attempt_is_never_changed(harbour: Business) -> None:
    harbour.automated("welcome")
    deliver()
    with pytest.raises(DBAPIError):
        attempt_sql(harbour, "update delivery_attempt set outcome = 'accepted'")


def test_a_message_that_cannot_be_made_ready_holds_up_no_other_and_fails_in_the_end(harbour: Business, clock) -> None:
    @arm_check("test_defect")
    def broken(session, workspace_id: int, subject: Subject) -> str | None:
        raise KeyError("a defect")

    bad = harbour.draft("bad", about="test_defect", about_id=1, not_after=time.now() + timedelta(days=30)).message_id
    good = harbour.draft("good").message_id
    deliver()
    assert harbour.message(good).state == MessageState.SENT
    assert (harbour.message(bad).state, harbour.message(bad).reason) == (MessageState.QUEUED, "stumbled")
    for _ in range(10):
        clock.advance(hours=5)
        deliver()
    assert (harbour.message(bad).state, harbour.message(bad).reason) == (MessageState.FAILED, "poisoned")
