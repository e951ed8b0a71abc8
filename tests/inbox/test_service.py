"""Inquiries, incoming messages, replies, holding and resuming."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import Session, col, func, select

from careops_app.contacts.models import Contact
from careops_app.errors import Forbidden, Invalid, NotFound, Refused
from careops_app.inbox import service as inbox
from careops_app.inbox.channels import Incoming
from careops_app.inbox.models import ChannelKind, Conversation, ConversationState, Inquiry, Message, MessageState
from careops_app.inbox.service import Decision, InquiryForm
from careops_app.infra import clock as time
from careops_app.infra import db
from careops_app.workspace.access import Permission
from tests.inbox.desk import Business, a_business, deliver
from tests.people import staff

FORM = InquiryForm("Bea Newcomer", "bea@example.com", "", "Do you have time on Tuesday?", "key-1")


def submit(business: Business, form: InquiryForm = FORM) -> int:
    return db.transact_now(inbox.submit_inquiry, business.workspace_id, form)


def inquiry(business: Business, inquiry_id: int) -> Inquiry:
    return db.fetch_now(lambda session, _: db.load(session, Inquiry, inquiry_id), business.workspace_id)


def count(business: Business, model: type) -> int:
    def query(session: Session, _: int) -> int:
        return session.exec(select(func.count()).select_from(model)).one()

    return db.fetch_now(query, business.workspace_id)


def test_an_inquiry_opens_one_waiting_conversation_and_is_announced(harbour: Business) -> None:
    found = inquiry(harbour, submit(harbour))
    line = harbour.messages()[-1]
    assert (line.direction, line.channel, line.state, line.body) == ("in", "web", "received", FORM.message)
    event = harbour.events("inquiry.received")[-1]
    assert (event.contact_id, event.conversation_id, event.new_contact) == (
        found.contact_id,
        found.conversation_id,
        True,
    )


def test_the_same_key_gives_the_same_inquiry_once(harbour: Business) -> None:
    assert submit(harbour) == submit(harbour)
    assert len(harbour.events("inquiry.received")) == 1


def test_a_used_key_with_other_words_is_refused(harbour: Business) -> None:
    submit(harbour)
    with pytest.raises(Refused):
        submit(harbour, InquiryForm("Bea Newcomer", "bea@example.com", "", "Something else", "key-1"))


def test_a_known_sender_joins_the_existing_thread_and_is_not_overwritten(harbour: Business) -> None:
    found = inquiry(harbour, submit(harbour, InquiryForm("Mia Hart", "AMELIA@example.com", "", "Hello", "key-2")))
    assert found.contact_id == harbour.contact_id
    assert [each["field"] for each in found.differing] == ["name"]
    contact = db.fetch_now(lambda session, _: db.load(session, Contact, found.contact_id), harbour.workspace_id)
    assert contact.name == "Amelia Hart"
    assert harbour.events("inquiry.received")[-1].new_contact is False


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (InquiryForm("", "bea@example.com", "", "Hi", "k"), "name"),
        (InquiryForm("Bea", "", "", "Hi", "k"), "email"),
        (InquiryForm("Bea", "not an address", "", "Hi", "k"), "email"),
        (InquiryForm("Bea", "bea@example.com", "", "x" * 20_001, "k"), "message"),
    ],
)
def test_what_is_wrong_is_named_by_field(harbour: Business, form: InquiryForm, field: str) -> None:
    with pytest.raises(Invalid) as problem:
        submit(harbour, form)
    assert field in problem.value.fields
    assert count(harbour, Inquiry) == 0


def test_control_characters_and_turned_text_do_not_get_in(harbour: Business) -> None:
    submit(harbour, InquiryForm("Bea\r\nBcc: x@y.z\x00", "bea@example.com", "", "one\x00\u202etwo\r\nthree", "key-3"))
    line = harbour.messages()[-1]
    assert line.author_name == "Bea Bcc: x@y.z"
    assert line.body == "onetwo\nthree"


def test_fifty_inquiries_of_one_address_at_once_are_one_conversation(harbour: Business) -> None:
    forms = [InquiryForm("Bea Newcomer", "bea@example.com", "", f"Message {n}", f"key-{n}") for n in range(50)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda form: submit(harbour, form), forms))
    assert count(harbour, Conversation) == 1
    assert count(harbour, Inquiry) == 50
    assert sum(event.new_contact for event in harbour.events("inquiry.received")) == 1


def test_one_form_sent_twice_at_once_is_one_inquiry(harbour: Business) -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: submit(harbour), range(8)))
    assert len(ids) == 1 == count(harbour, Inquiry)


def test_an_incoming_message_reopens_and_waits_from_the_first_on(harbour: Business, clock) -> None:
    conversation_id = harbour.conversation_id()
    db.transact_now(inbox.close, harbour.actor, conversation_id)
    first = time.now()
    db.transact_now(inbox.simulate_reply, harbour.actor, conversation_id, ChannelKind.EMAIL, "Are you there?")
    clock.advance(hours=1)
    db.transact_now(inbox.simulate_reply, harbour.actor, conversation_id, ChannelKind.SMS, "Hello?")
    found = harbour.conversation()
    assert (found.state, found.waiting_since, found.unread) == (ConversationState.OPEN, first, 2)
    assert len(harbour.events("message.received")) == 2


def test_the_same_message_id_arrives_once(harbour: Business) -> None:
    mail = Incoming(ChannelKind.EMAIL, "amelia@example.com", "Hello", message_id="<one@example.com>")
    assert len({db.transact_now(inbox.receive, harbour.workspace_id, mail) for _ in range(3)}) == 1


def test_an_automatic_answer_is_kept_but_makes_nothing_happen(harbour: Business) -> None:
    mail = Incoming(ChannelKind.EMAIL, "amelia@example.com", "I am away", automatic=True)
    db.transact_now(inbox.receive, harbour.workspace_id, mail)
    assert harbour.conversation().waiting_since is None
    assert harbour.events("message.received") == []


def test_a_real_channel_cannot_be_simulated(harbour: Business) -> None:
    settings = {"host": "smtp.example.com", "username": "a@example.com", "password": "x"}
    db.transact_now(inbox.connect_channel, harbour.actor, ChannelKind.EMAIL, "smtp", settings)
    with pytest.raises(Refused):
        db.transact_now(
            inbox.simulate_reply, harbour.actor, harbour.conversation_id(), ChannelKind.EMAIL, "I am the customer"
        )


def test_a_reply_holds_what_stops_on_reply_and_nothing_else(harbour: Business) -> None:
    welcome = harbour.automated("welcome")
    confirmation = harbour.draft("confirmation", "booking_confirmation").message_id
    replied = harbour.reply()
    assert [each.message_id for each in replied.held] == [welcome]
    assert harbour.message(welcome).state == MessageState.HELD
    assert harbour.message(welcome).reason == "staff_replied"
    assert harbour.message(confirmation).state == MessageState.QUEUED
    event = harbour.events("message.replied")[-1]
    assert (event.message_id, event.held) == (replied.message_id, 1)
    assert [each.message_id for each in harbour.events("message.held")] == [welcome]


def test_a_reply_answers_and_pauses(harbour: Business) -> None:
    db.transact_now(inbox.simulate_reply, harbour.actor, harbour.conversation_id(), ChannelKind.EMAIL, "Hello?")
    harbour.reply()
    found = harbour.conversation()
    assert (found.waiting_since, found.unread, found.paused_by) == (None, 0, harbour.actor.member_id)
    assert found.paused_at == found.replied_at


def test_reminders_may_be_kept_going(harbour: Business) -> None:
    welcome, reminder = harbour.automated("welcome"), harbour.automated("reminder", template="reminder")
    harbour.reply(keep_reminders=True)
    later = harbour.automated("reminder-2", template="reminder")
    assert [harbour.message(each).state for each in (welcome, reminder, later)] == ["held", "queued", "queued"]
    deliver()
    assert [harbour.message(each).state for each in (welcome, reminder, later)] == ["held", "sent", "sent"]


def test_while_paused_new_automatic_messages_are_held_and_announced(harbour: Business) -> None:
    harbour.reply()
    outcome = harbour.draft("reminder", "reminder", stops_on_reply=True, about="booking", about_id=7)
    assert (outcome.state, outcome.reason) == (MessageState.HELD, "staff_replied")
    assert harbour.events("message.held")[-1].booking_id == 7


def test_the_same_press_of_send_is_one_message(harbour: Business) -> None:
    assert harbour.reply(client_key="tab-1").message_id == harbour.reply(client_key="tab-1").message_id
    assert len(harbour.events("message.replied")) == 1


def test_a_channel_without_address_is_refused_with_the_reason(harbour: Business) -> None:
    conversation_id = inquiry(harbour, submit(harbour)).conversation_id
    with pytest.raises(Refused, match="phone number"):
        db.transact_now(inbox.reply, harbour.actor, inbox.Reply(conversation_id, ChannelKind.SMS, "Hello"))


def test_an_empty_reply_is_refused_beside_its_field(harbour: Business) -> None:
    with pytest.raises(Invalid) as problem:
        harbour.reply("  \x00 ")
    assert set(problem.value.fields) == {"body"}


def test_a_note_is_no_reply(harbour: Business) -> None:
    welcome = harbour.automated("welcome")
    db.transact_now(inbox.note, harbour.actor, harbour.conversation_id(), "Likes tea")
    assert harbour.conversation().paused_at is None
    assert harbour.message(welcome).state == MessageState.QUEUED
    assert deliver() == 1


def test_resume_sends_drops_as_decided_and_drops_what_is_too_late(harbour: Business, clock) -> None:
    sent, dropped = harbour.automated("a"), harbour.automated("b")
    late = harbour.automated("c", not_after=time.now() + timedelta(hours=1))
    harbour.reply()
    clock.advance(hours=2)
    resumed = db.transact_now(inbox.resume, harbour.actor, harbour.conversation_id(), {dropped: Decision.DROP})
    assert [each.message_id for each in resumed.sent] == [sent]
    assert [harbour.message(each).reason for each in (dropped, late)] == ["dropped", "too_late"]
    deliver()
    assert [harbour.message(each).state for each in (sent, dropped, late)] == ["sent", "skipped", "skipped"]
    assert harbour.conversation().paused_at is None
    assert len(harbour.events("conversation.automation_resumed")) == 1


def test_resuming_twice_is_refused(harbour: Business) -> None:
    harbour.reply()
    db.transact_now(inbox.resume, harbour.actor, harbour.conversation_id())
    with pytest.raises(Refused):
        db.transact_now(inbox.resume, harbour.actor, harbour.conversation_id())


def test_closing_ends_the_pause_and_drops_what_was_held(harbour: Business) -> None:
    welcome = harbour.automated("welcome")
    harbour.reply()
    db.transact_now(inbox.close, harbour.actor, harbour.conversation_id())
    assert harbour.message(welcome).reason == "conversation_closed"
    assert harbour.automated("later") and harbour.messages()[-1].state == MessageState.QUEUED


def test_closing_an_unpaused_conversation_stops_nothing(harbour: Business) -> None:
    welcome = harbour.automated("welcome")
    db.transact_now(inbox.close, harbour.actor, harbour.conversation_id())
    deliver()
    assert harbour.message(welcome).state == MessageState.SENT


def test_the_same_effect_is_queued_once(harbour: Business) -> None:
    first, second = harbour.draft("welcome:1"), harbour.draft("welcome:1")
    assert first.message_id == second.message_id
    assert (first.repeated, second.repeated) == (False, True)


def test_without_an_address_a_message_is_skipped_with_the_reason(harbour: Business) -> None:
    db.transact_now(inbox.disconnect_channel, harbour.actor, ChannelKind.SMS)
    submit_by_phone = InquiryForm("Phil Phone", "", "+447400123457", "Hi", "key-9")
    found = inquiry(harbour, submit(harbour, submit_by_phone))
    outcome = Business(harbour.actor, found.contact_id).draft("welcome:phil")
    assert (outcome.state, outcome.reason) == (MessageState.SKIPPED, "no_address")


def test_a_wording_of_the_business_wins(harbour: Business) -> None:
    db.transact_now(inbox.reword, harbour.actor, "welcome", "Ahoy {{contact.first_name}}", "From {{business.name}}")
    message = harbour.message(harbour.draft("welcome:1").message_id)
    assert (message.subject, message.body) == ("Ahoy Amelia", "From Saltmarsh")
    db.transact_now(inbox.restore_wording, harbour.actor, "welcome")
    assert "Thanks for writing" in harbour.message(harbour.draft("welcome:2").message_id).subject


def test_an_unknown_placeholder_cannot_be_saved(harbour: Business) -> None:
    with pytest.raises(Invalid) as problem:
        db.transact_now(inbox.reword, harbour.actor, "welcome", "Hi", "Your {{booking.when}}")
    assert "{{booking.when}}" in problem.value.fields["body"]


def test_staff_may_talk_but_not_configure(harbour: Business) -> None:
    sam = staff_of(harbour)
    assert db.transact_now(inbox.note, sam, harbour.conversation_id(), "Seen") > 0
    for command, *arguments in (
        (inbox.reword, "welcome", "a", "b"),
        (inbox.connect_channel, ChannelKind.EMAIL, "captured", {}),
        (inbox.disconnect_channel, ChannelKind.EMAIL),
    ):
        with pytest.raises(Forbidden):
            db.transact_now(command, sam, *arguments)


def staff_of(business: Business):
    from tests.people import Person

    return staff(Person("", 0, business.actor), Permission.INBOX).actor


def test_another_workspace_sees_and_changes_nothing(harbour: Business) -> None:
    other = a_business("Other Salon", "otto@example.com")
    message = harbour.automated("welcome")
    for command, *arguments in (
        (inbox.reply, inbox.Reply(harbour.conversation_id(), ChannelKind.EMAIL, "Hello")),
        (inbox.note, harbour.conversation_id(), "Hello"),
        (inbox.close, harbour.conversation_id()),
        (inbox.drop_message, message),
        (inbox.assign, harbour.conversation_id(), None),
    ):
        with pytest.raises(NotFound):
            db.transact_now(command, other.actor, *arguments)
    assert harbour.message(message).state == MessageState.QUEUED


def test_only_an_active_member_can_be_assigned(harbour: Business) -> None:
    other = a_business("Other Salon", "otto@example.com")
    with pytest.raises(NotFound):
        db.transact_now(inbox.assign, harbour.actor, harbour.conversation_id(), other.actor.member_id)
    db.transact_now(inbox.assign, harbour.actor, harbour.conversation_id(), harbour.actor.member_id)
    assert harbour.conversation().assigned_to == harbour.actor.member_id


def test_a_message_that_was_sent_cannot_be_dropped_or_sent_again(harbour: Business) -> None:
    message = harbour.automated("welcome")
    deliver()
    for command in (inbox.drop_message, inbox.retry_message):
        with pytest.raises(Refused):
            db.transact_now(command, harbour.actor, message)
    assert len(harbour.messages()) == 1 and col(Message.id) is not None


@pytest.mark.parametrize("key", ["", "k" * 5000, "a\x00b"])
def test_a_key_that_cannot_be_kept_is_refused(harbour: Business, key: str) -> None:
    with pytest.raises(Invalid) as problem:
        submit(harbour, InquiryForm("Bea", "bea@example.com", "", "Hello", key))
    assert "idempotency_key" in problem.value.fields


def test_mail_of_any_length_and_with_any_id_is_taken(harbour: Business) -> None:
    mail = Incoming(ChannelKind.EMAIL, "amelia@example.com", "x" * 50_000, message_id=f"<{'y' * 9000}@example.com>")
    first = db.transact_now(inbox.receive, harbour.workspace_id, mail)
    assert db.transact_now(inbox.receive, harbour.workspace_id, mail) == first
    assert len(harbour.message(first).body) == 20_000
