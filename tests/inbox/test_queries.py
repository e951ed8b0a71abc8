"""What the inbox shows: order, counts that agree with lists, threads in pages, and nothing of another business."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from careops_app.contacts import service as contacts
from careops_app.contacts.service import Identity
from careops_app.errors import Forbidden, NotFound
from careops_app.inbox import channel_queries, queries, thread_queries, words
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind, Conversation
from careops_app.inbox.queries import Filter
from careops_app.inbox.service import InquiryForm
from careops_app.inbox.thread_queries import Planned, planned
from careops_app.infra import clock as time
from careops_app.infra import db
from careops_app.workspace.access import Permission
from tests.inbox.desk import Business, a_business, deliver
from tests.people import Person, staff


def another(business: Business, name: str, email: str) -> Business:
    found = db.transact_now(contacts.identify, business.workspace_id, Identity(name, email), "test")
    return Business(business.actor, found.contact_id)


def writes(business: Business, body: str = "Hello?") -> None:
    db.transact_now(inbox.simulate_reply, business.actor, business.conversation_id(), ChannelKind.EMAIL, body)


def listed(business: Business, chosen: Filter = Filter.OPEN, text: str = "", page: int = 1) -> queries.ConversationPage:
    return db.fetch_now(queries.conversation_list, business.actor, chosen, text, page)


def names(page: queries.ConversationPage) -> list[str]:
    return [row.name for row in page.rows]


def thread(business: Business, before: int | None = None) -> thread_queries.Thread:
    return db.fetch_now(thread_queries.thread, business.workspace_id, business.conversation_id(), before)


def test_who_waits_longest_comes_first_then_the_most_recent(harbour: Business, clock) -> None:
    for name in ("Ann", "Ben", "Cat", "Dan"):
        writes(another(harbour, name, f"{name.lower()}@example.com"))
        clock.advance(minutes=5)
    another(harbour, "Ann", "ann@example.com").reply()
    clock.advance(minutes=5)
    another(harbour, "Cat", "cat@example.com").reply()
    page = listed(harbour)
    assert names(page) == ["Ben", "Dan", "Cat", "Ann"]
    assert (page.unanswered, page.total) == (2, 4)


def test_every_count_equals_its_list(harbour: Business, clock) -> None:
    ann, ben = another(harbour, "Ann", "ann@example.com"), another(harbour, "Ben", "ben@example.com")
    bounced = another(harbour, "Bo", "bounce@example.com")
    writes(ann)
    ben.automated("welcome:ben")
    ben.reply()
    bounced.reply()
    db.transact_now(inbox.assign, harbour.actor, ben.conversation_id(), harbour.actor.member_id)
    harbour.reply()
    db.transact_now(inbox.close, harbour.actor, harbour.conversation_id())
    deliver()
    counts = db.fetch_now(queries.inbox_counts, harbour.actor)
    mine = db.fetch_now(queries.mine_count, harbour.actor)
    numbers = vars(counts) | {Filter.MINE.value: mine}
    assert set(numbers) == set(Filter)
    for chosen in Filter:
        assert numbers[chosen.value] == listed(harbour, chosen).total == len(listed(harbour, chosen).rows), chosen
    assert (counts.open, counts.unanswered, mine, counts.held, counts.failed, counts.closed) == (
        3,
        1,
        1,
        1,
        1,
        1,
    )


def test_a_line_shows_the_latest_message_and_what_needs_attention(harbour: Business) -> None:
    harbour.automated("welcome")
    harbour.reply("We are open  on\nTuesday.")
    (row,) = listed(harbour).rows
    assert row.last is not None
    assert (row.last.text, row.last.author_name, row.last.channel) == (
        "We are open on Tuesday.",
        "Olivia Owner",
        "email",
    )
    assert (row.held, row.is_paused, row.unread, row.waiting_since) == (1, True, 0, None)


@pytest.mark.parametrize("text", ["ameli", "AMELIA@", "7400123", "parking on Sh", "100%"])
def test_people_and_words_are_found(harbour: Business, text: str) -> None:
    writes(harbour, "Is parking on Shore Row free? 100% sure?")
    writes(another(harbour, "Ben", "ben@example.com"), "Nothing of that")
    assert names(listed(harbour, text=text)) == ["Amelia Hart"]


@pytest.mark.parametrize("text", ["creme", "Crème brûlée", "BRULEE cr", "KÖNIGSTRASSE"])
def test_accents_case_and_order_do_not_matter(harbour: Business, text: str) -> None:
    writes(harbour, "La crème brûlée, Königstraße")
    assert names(listed(harbour, text=text)) == ["Amelia Hart"]


def test_words_of_several_messages_are_found_together_and_half_a_word_from_its_middle_is_not(harbour: Business) -> None:
    writes(harbour, "About the voucher")
    writes(harbour, "and the parking")
    assert listed(harbour, text="voucher parking").total == 1
    assert listed(harbour, text="oucher").total == 0


MANY_WORDS = """
    insert into conversation_word (workspace_id, conversation_id, word)
    select workspace_id, id, 'word' || n || 'of' || id from conversation, generate_series(1, 300) n
"""


def test_what_is_searched_is_found_by_an_index_under_row_level_security(harbour: Business) -> None:
    def plan(session: Session, _: object) -> str:
        session.execute(text("set local enable_seqscan = off"))
        found = select(Conversation.id).where(words.found(harbour.workspace_id, ["voucher"]))
        compiled = found.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        return "\n".join(row[0] for row in session.execute(text(f"explain {compiled}")))

    writes(harbour)
    db.transact_now(lambda session, _: session.execute(text(MANY_WORDS)), harbour.workspace_id)
    with db.engine().begin() as connection:
        connection.execute(text("analyze conversation_word"))
    found = db.fetch_now(plan, harbour.workspace_id)
    assert "uq_conversation_word_workspace_id_word_conversation_id" in found, found
    assert any("word >= 'voucher'" in line for line in found.splitlines() if "Index Cond" in line), found


def test_wildcards_are_words(harbour: Business) -> None:
    writes(harbour)
    assert listed(harbour, text="%").total == 0
    assert listed(harbour, text="_").total == 0


def test_lists_come_in_pages(harbour: Business) -> None:
    for n in range(27):
        another(harbour, f"Guest {n:02}", f"g{n}@example.com").conversation_id()
    first, second = listed(harbour), listed(harbour, page=2)
    assert (len(first.rows), len(second.rows), first.pages) == (25, 2, 2)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}
    assert listed(harbour, page=99).page == 2


def test_a_thread_pages_back_without_gap_or_repeat(harbour: Business, clock) -> None:
    for n in range(70):
        db.transact_now(inbox.note, harbour.actor, harbour.conversation_id(), f"Note {n}")
        if n % 3 == 0:
            clock.advance(minutes=1)
    seen: list[str] = []
    before: int | None = None
    while True:
        page = thread(harbour, before)
        seen = [row.body for row in page.messages] + seen
        if (before := page.before) is None:
            break
    assert seen == [f"Note {n}" for n in range(70)]


def test_every_message_says_who_what_state_and_why(harbour: Business) -> None:
    event_id = db.transact_now(_an_event, harbour.workspace_id)
    draft = inbox.Draft(harbour.contact_id, "welcome", _values(), "welcome:1", stops_on_reply=True)
    db.transact_now(inbox.queue_message, harbour.workspace_id, draft, event_id, "welcome")
    harbour.reply("Hello")
    welcome, reply = thread(harbour).messages
    assert (welcome.author_name, welcome.state_key, welcome.what) == ("automation: Welcome", "message.held", "Welcome")
    assert welcome.reason == "Somebody on the team replied, so automation paused"
    assert welcome.why is not None
    assert (welcome.why.rule_name, welcome.why.event_name) == ("Welcome", "contact.created")
    assert (reply.author_name, reply.state_key, reply.why) == ("Olivia Owner", "message.queued", None)


def _an_event(session, workspace_id: int) -> int | None:
    from careops_app.events import ContactCreated
    from careops_app.infra import outbox

    return outbox.emit(session, workspace_id, ContactCreated(1, "test"))


def _values() -> dict[str, str]:
    from tests.inbox.desk import values_for

    return values_for("welcome")


def test_what_a_form_gave_that_is_not_stored_is_shown(harbour: Business) -> None:
    form = InquiryForm("Amy Hart", "amelia@example.com", "", "Hello", "k")
    db.transact_now(inbox.submit_inquiry, harbour.workspace_id, form)
    assert thread(harbour).messages[0].differing == ("The form gave the name “Amy Hart”; stored is “Amelia Hart”.",)


def test_the_composer_knows_channels_addresses_and_the_last_used(harbour: Business) -> None:
    db.transact_now(inbox.simulate_reply, harbour.actor, harbour.conversation_id(), ChannelKind.SMS, "Hi")
    email, sms = thread(harbour).head.channels
    assert (email.address, email.why_not, email.captured, email.is_last_used) == ("amelia@example.com", "", True, False)
    assert (sms.address, sms.is_last_used) == ("+447400123456", True)
    ben = another(harbour, "Ben", "ben@example.com")
    assert thread(ben).head.channels[1].why_not == "No phone number is known for this contact."


def test_the_composer_lists_what_a_reply_will_hold(harbour: Business, monkeypatch) -> None:
    monkeypatch.setattr(thread_queries, "_planners", {})
    tomorrow = time.now() + timedelta(days=1)

    @planned("booking-reminder")
    def reminders(session, workspace_id: int, contact_id: int) -> list[Planned]:
        return [Planned(tomorrow, "Reminder", ChannelKind.EMAIL, is_reminder=True)]

    message = harbour.automated("welcome")
    harbour.draft("confirmation", "booking_confirmation")
    waiting = db.fetch_now(thread_queries.will_hold, harbour.workspace_id, harbour.conversation_id())
    assert [(each.message_id, each.what, each.is_reminder) for each in waiting] == [
        (message, "Welcome", False), (None, "Reminder", True),
    ]  # fmt: skip
    assert [each.message_id for each in harbour.reply().held] == [message]
    (held,) = db.fetch_now(thread_queries.held, harbour.workspace_id, harbour.conversation_id())
    assert (held.message_id, held.is_past) == (message, False)


def test_the_captured_outbox_shows_what_would_have_left(harbour: Business) -> None:
    harbour.draft("confirmation", "booking_confirmation")
    harbour.reply("Hello")
    deliver()
    page = db.fetch_now(channel_queries.captured_outbox, harbour.actor)
    assert [(row.recipient, row.what) for row in page.rows] == [
        ("amelia@example.com", ""), ("amelia@example.com", "Booking confirmation"),
    ]  # fmt: skip


def test_channels_never_show_a_password(harbour: Business) -> None:
    settings = {"host": "smtp.example.com", "username": "a@example.com", "password": "very secret"}
    db.transact_now(inbox.connect_channel, harbour.actor, ChannelKind.EMAIL, "smtp", settings)
    email, sms = db.fetch_now(channel_queries.channel_status, harbour.workspace_id)
    assert (email.provider, email.host, email.has_password, email.captured) == ("smtp", "smtp.example.com", True, False)
    assert "very secret" not in repr(email)
    assert (sms.provider, sms.captured, sms.works) == ("captured", True, True)


def test_wordings_are_listed_with_what_they_offer(harbour: Business) -> None:
    db.transact_now(inbox.reword, harbour.actor, "welcome", "Ahoy", "Hello {{contact.first_name}}")
    rows = {row.template: row for row in db.fetch_now(channel_queries.wordings, harbour.workspace_id)}
    assert rows["welcome"].is_own and rows["welcome"].subject == "Ahoy"
    assert not rows["reminder"].is_own
    assert "contact.first_name" in [each.name for each in rows["welcome"].placeholders]


def test_another_workspace_sees_nothing(harbour: Business) -> None:
    message = harbour.reply().message_id
    other = a_business("Other Salon", "otto@example.com")
    assert listed(other).total == 0
    assert db.fetch_now(channel_queries.captured_outbox, other.actor).rows == ()
    for query, id_ in ((thread_queries.thread, harbour.conversation_id()), (thread_queries.message, message)):
        with pytest.raises(NotFound):
            db.fetch_now(query, other.workspace_id, id_)


def test_without_the_permission_nothing_is_listed(harbour: Business) -> None:
    sam = staff(Person("", 0, harbour.actor), Permission.FORMS).actor
    for query in (queries.conversation_list, channel_queries.captured_outbox):
        with pytest.raises(Forbidden):
            db.fetch_now(query, sam)
