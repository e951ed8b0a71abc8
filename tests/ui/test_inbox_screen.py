"""The inbox through the real pipeline: lists that agree, one send per press, nothing written is lost, pause and Resume."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from careops_app.app import app
from careops_app.contacts import service as contacts
from careops_app.contacts.service import Identity
from careops_app.errors import NotFound
from careops_app.inbox import delivery, queries
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind, MessageState
from careops_app.inbox.queries import Filter
from careops_app.inbox.service import InquiryForm
from careops_app.infra import db
from careops_app.ui.inbox.state import InboxState
from careops_app.ui.inbox.thread_state import ThreadState
from careops_app.workspace.access import Permission
from tests import people
from tests.inbox.desk import Business
from tests.people import Person
from tests.tab import Tab, tabs

HOME = "/app/inbox"
OpenTab = Callable[[Person | None], Tab]


@dataclass
class Desk:
    """An owner with a tab on the inbox of a business that has one contact."""

    me: Person
    business: Business
    tab: Tab

    async def open(self, query: str = "") -> None:
        await self.tab.fire(InboxState.load(), path=f"{HOME}?{query}")

    async def open_amelia(self) -> Any:
        await self.open(f"c={self.business.conversation_id()}")
        return await self.thread()

    async def inbox(self) -> Any:
        return await self.tab.state(InboxState)

    async def thread(self) -> Any:
        return await self.tab.state(ThreadState)

    async def send(self, body: str, **changed: str) -> None:
        thread = await self.thread()
        typed = {
            "conversation": str(thread.conversation_id), "client_key": thread.send_key, "seen": thread.last_reply,
            "body": body,
        }  # fmt: skip
        await self.tab.fire(ThreadState.send(typed | changed), path=HOME)

    def bodies(self) -> list[str]:
        return [message.body for message in self.business.messages()]


@pytest.fixture
async def open_tab(database: str) -> AsyncIterator[OpenTab]:
    async with tabs(app) as opener:
        yield opener


@pytest.fixture
async def desk(open_tab: OpenTab, clock: Any) -> Desk:
    me = people.owner()
    db.transact_now(inbox.ensure_captured, me.actor.workspace_id)
    amelia = Identity("Amelia Hart", "amelia@example.com", "+447400123456")
    contact_id = db.transact_now(contacts.identify, me.actor.workspace_id, amelia, "test").contact_id
    return Desk(me, Business(me.actor, contact_id), open_tab(me))


def inquiry(desk: Desk, name: str, words: str = "Are you open on Sunday?") -> int:
    form = InquiryForm(name, f"{name.split()[0].lower()}@example.com", "", words, name)
    return db.transact_now(inbox.submit_inquiry, desk.me.actor.workspace_id, form)


# the list ----------------------------------------------------------------------------------------------------------


async def test_who_waits_longest_stands_first_and_numbers_agree(desk: Desk, clock: Any) -> None:
    desk.business.reply()
    for name in ("Daniel Osei", "Mina Sato"):
        clock.advance(minutes=20)
        inquiry(desk, name)
    clock.advance(minutes=5)
    await desk.open()
    shown = await desk.inbox()
    assert [(item.name, item.waits) for item in shown.waiting] == [
        ("Daniel Osei", "Unanswered 25 min"), ("Mina Sato", "Unanswered 5 min"),
    ]  # fmt: skip
    assert [item.name for item in shown.rest] == ["Amelia Hart"]
    counts = db.fetch_now(queries.inbox_counts, desk.me.actor)
    numbers = vars(counts) | {"mine": 0}
    assert {tab.key: tab.count for tab in shown.filters} == {name: str(count) for name, count in numbers.items()}


@pytest.mark.parametrize("chosen", list(Filter))
async def test_every_filter_opens_the_list_that_its_number_counts(desk: Desk, chosen: Filter) -> None:
    inquiry(desk, "Mina Sato")
    desk.business.reply()
    await desk.open(f"filter={chosen}")
    shown = await desk.inbox()
    (current,) = [tab for tab in shown.tabs if tab.current]
    assert (current.key, current.count) == (chosen, str(len(shown.waiting) + len(shown.rest)))


async def test_an_unknown_filter_is_the_open_list_and_search_shows_no_numbers(desk: Desk) -> None:
    inquiry(desk, "Mina Sato")
    await desk.open("filter=nonsense&q=sunday")
    shown = await desk.inbox()
    assert [item.name for item in shown.waiting] == ["Mina Sato"]
    assert {tab.count for tab in shown.tabs} == {""}
    await desk.tab.fire(InboxState.search("mina s"), path=HOME)
    assert "/app/inbox/?q=mina+s" in desk.tab.said


async def test_a_member_without_the_permission_sees_nothing(desk: Desk, open_tab: OpenTab) -> None:
    inquiry(desk, "Mina Sato")
    other = open_tab(people.staff(desk.me, Permission.BOOKINGS))
    await other.fire(InboxState.load(), path=f"{HOME}?c={desk.business.conversation_id()}")
    assert (await other.state(InboxState)).waiting == [] and (await other.state(ThreadState)).conversation_id == 0
    assert "may not do this" in other.said


# one conversation --------------------------------------------------------------------------------------------------


async def test_the_address_opens_a_conversation_and_it_counts_as_read(desk: Desk) -> None:
    inquiry(desk, "Amelia Hart", "Is parking free?")
    thread = await desk.open_amelia()
    assert thread.name == "Amelia Hart" and thread.reached == "amelia@example.com, +44 7400 123456"
    assert [line.look for line in thread.lines] == ["day", "in"]
    assert desk.business.conversation().unread == 0 and desk.business.conversation().waiting_since


async def test_a_conversation_of_another_business_is_not_here(desk: Desk) -> None:
    other = people.owner("Other", "other@example.com")
    await desk.open(f"c={desk.business.conversation_id()}")
    stranger = Desk(other, desk.business, desk.tab)
    foreign = db.transact_now(
        inbox.start_conversation, other.actor,
        db.transact_now(contacts.create, other.actor, contacts.ContactDraft("Eve", ("eve@example.com",))),
    )  # fmt: skip
    await stranger.open(f"c={foreign}")
    thread = await desk.thread()
    assert thread.missing and thread.conversation_id == 0 and thread.lines == []


async def test_reading_again_without_a_change_sends_nothing(desk: Desk) -> None:
    inquiry(desk, "Mina Sato")
    await desk.open_amelia()
    await desk.tab.fire(InboxState.refresh(), path=HOME)
    assert [name for delta in desk.tab.deltas for name in delta if "inbox" in name] == []


async def test_lines_say_author_channel_and_true_state(desk: Desk, clock: Any) -> None:
    inquiry(desk, "Amelia Hart", "Hello")
    desk.business.draft("one", "booking_confirmation")
    clock.advance(minutes=1)
    desk.business.reply("Hi Amelia, see https://shop.test/b/harbour.")
    await delivery.deliver_due()
    thread = await desk.open_amelia()
    said = [(line.look, line.author, line.channel, line.state, line.asks) for line in thread.lines[1:]]
    assert said[0] == ("in", "Amelia Hart", "web", "", "")
    assert ("auto", "Welcome", "email", "captured", "Why sent?") in said
    assert said[-1] == ("out", "Olivia Owner", "email", "captured", "Delivery")
    assert [piece.href for piece in thread.lines[-1].body] == ["", "https://shop.test/b/harbour", ""]


async def test_what_a_known_person_typed_differently_stands_below_their_words(desk: Desk) -> None:
    inquiry(desk, "Amelia Hart")
    form = InquiryForm("Millie Hart", "amelia@example.com", "", "Me again", "second")
    db.transact_now(inbox.submit_inquiry, desk.me.actor.workspace_id, form)
    line = (await desk.open_amelia()).lines[-1]
    assert line.hints == ["The form gave the name “Millie Hart”; stored is “Amelia Hart”."]


async def test_earlier_lines_come_on_demand_and_stay_while_new_ones_arrive(desk: Desk, clock: Any) -> None:
    for number in range(40):
        clock.advance(minutes=1)
        desk.business.reply(f"Message {number}")
    thread = await desk.open_amelia()
    assert thread.has_earlier and thread.lines[1].body[0].text == "Message 10"
    await desk.tab.fire(ThreadState.show_earlier(), path=HOME)
    clock.advance(minutes=1)
    desk.business.reply("Newest")
    await desk.tab.fire(InboxState.refresh(), path=HOME)
    thread = await desk.thread()
    assert (thread.lines[1].body[0].text, thread.lines[-1].body[0].text) == ("Message 0", "Newest")
    assert not thread.has_earlier


# sending -----------------------------------------------------------------------------------------------------------


async def test_a_double_click_sends_once_and_empties_the_composer(desk: Desk) -> None:
    key = (await desk.open_amelia()).send_key
    await desk.send("Hello Amelia")
    assert f"careopsInbox.sent('{desk.me.actor.member_id}-{desk.business.conversation_id()}')" in desk.tab.said
    await desk.send("Hello Amelia", client_key=key)
    assert desk.bodies() == ["Hello Amelia"] and (await desk.thread()).send_key != key
    await desk.send("Hello Amelia")
    assert desk.bodies() == ["Hello Amelia"] * 2


async def test_whatever_is_refused_keeps_the_text(desk: Desk) -> None:
    await desk.open_amelia()
    await desk.send("   ")
    assert (await desk.thread()).refusal == "Write a message first." and "sent(" not in desk.tab.said
    await desk.send("For somebody else", conversation="999")
    assert "Your text is kept" in desk.tab.said and desk.bodies() == []


async def test_a_newer_answer_is_shown_first_and_the_next_press_sends(desk: Desk) -> None:
    began = (await desk.open_amelia()).last_reply
    desk.business.reply("I have it already")
    await desk.send("Me too", seen=began)
    thread = await desk.thread()
    assert (
        thread.newer == ("Olivia Owner answered since you began. Read it, then send again. Your text is kept.")
        and thread.lines[-1].body[0].text == "I have it already"
    )
    await desk.send("Me too", seen=began)
    assert desk.bodies() == ["I have it already", "Me too"] and (await desk.thread()).newer == ""


async def test_before_sending_it_says_what_will_be_held(desk: Desk) -> None:
    desk.business.automated("one")
    desk.business.automated("two", template="reminder")
    thread = await desk.open_amelia()
    assert thread.will_title == "Sending this will hold 2 automated messages."
    assert thread.will_title_kept == "Sending this will hold 1 automated message. Booking reminders keep going."
    assert [each.what for each in thread.will] == ["Welcome, email", "Booking reminder, email"]
    await desk.tab.fire(ThreadState.set_keep(True), path=HOME)
    await desk.send("Hello")
    thread = await desk.thread()
    assert thread.paused.startswith("Olivia Owner replied today")
    assert thread.held_words == "1 message is held. Booking reminders keep going."


async def test_a_note_is_no_reply_and_is_kept_once(desk: Desk) -> None:
    desk.business.automated("one")
    await desk.open_amelia()
    await desk.tab.fire(ThreadState.pick("note"), path=HOME)
    key = (await desk.thread()).send_key
    await desk.send("Rings on Mondays")
    await desk.send("Rings on Mondays", client_key=key)
    assert desk.bodies().count("Rings on Mondays") == 1 and desk.business.conversation().paused_at is None


async def test_a_channel_that_cannot_be_used_says_why_and_is_not_chosen(desk: Desk) -> None:
    me = desk.me.actor
    contact_id = db.transact_now(contacts.create, me, contacts.ContactDraft("Oscar Lind", ("oscar@example.com",)))
    conversation_id = db.transact_now(inbox.start_conversation, me, contact_id)
    await desk.open(f"c={conversation_id}")
    await desk.tab.fire(ThreadState.pick("sms"), path=HOME)
    thread = await desk.thread()
    assert (thread.channel, thread.refusal) == ("email", "No phone number is known for this contact.")
    await desk.tab.fire(ThreadState.pick("pigeon"), path=HOME)
    assert (await desk.thread()).channel == "email"


async def test_the_channel_used_last_is_preset(desk: Desk) -> None:
    assert (await desk.open_amelia()).channel == "email"
    desk.business.reply("Hello", "sms")
    await desk.open()
    assert (await desk.open_amelia()).channel == "sms"


# pause, close, delivery --------------------------------------------------------------------------------------------


async def test_resume_sends_and_drops_as_decided(desk: Desk) -> None:
    kept, dropped = desk.business.automated("one"), desk.business.automated("two")
    desk.business.reply()
    thread = await desk.open_amelia()
    assert [each.id for each in thread.held] == [kept, dropped]
    await desk.tab.fire(ThreadState.resume({f"decide-{kept}": "send", f"decide-{dropped}": "drop"}), path=HOME)
    assert "1 message goes out now. 1 message was dropped." in desk.tab.said
    assert desk.business.message(kept).state == MessageState.QUEUED
    assert desk.business.message(dropped).state == MessageState.SKIPPED
    await desk.tab.fire(ThreadState.resume({}), path=HOME)
    assert "not paused" in desk.tab.said and (await desk.thread()).paused == ""


async def test_closing_asks_first_when_something_would_be_dropped(desk: Desk) -> None:
    held = desk.business.automated("one")
    desk.business.reply()
    await desk.open_amelia()
    await desk.tab.fire(ThreadState.close(), path=HOME)
    thread = await desk.thread()
    assert thread.asks_close and thread.close_consequence.startswith("This drops 1 held message")
    assert not thread.closed
    await desk.tab.fire(ThreadState.close(), path=HOME)
    assert desk.business.message(held).state == MessageState.SKIPPED and (await desk.thread()).closed
    await desk.tab.fire(ThreadState.reopen(), path=HOME)
    assert not (await desk.thread()).closed


async def test_somebody_takes_a_conversation_over(desk: Desk) -> None:
    sam = people.staff(desk.me, Permission.INBOX)
    thread = await desk.open_amelia()
    assert [seat.name for seat in thread.seats] == ["Olivia Owner", "Sam Staff"]
    await desk.tab.fire(ThreadState.assign_to(sam.actor.member_id), path=HOME)
    await desk.open("filter=mine")
    assert (await desk.thread()).conversation_id == 0 and (await desk.inbox()).rest == []
    assert db.fetch_now(queries.mine_count, sam.actor) == 1


async def test_the_record_names_rule_event_and_tries_and_a_failed_one_is_sent_again(desk: Desk) -> None:
    refused = contacts.ContactDraft("Amelia Hart", ("bounce+amelia@example.com",))  # as the captured channel does
    db.transact_now(contacts.edit, desk.me.actor, desk.business.contact_id, refused)
    message_id = desk.business.draft("one", "booking_confirmation").message_id
    await delivery.deliver_due()
    await desk.open(f"c={desk.business.conversation_id()}&message={message_id}")
    thread = await desk.thread()
    assert thread.shows_record and thread.record.state == "failed" and thread.record.rule == "Welcome"
    assert thread.record.may_retry and [each.tone for each in thread.tries] == ["bad"]
    await desk.tab.fire(ThreadState.retry(), path=HOME)
    assert desk.business.message(message_id).state == MessageState.QUEUED


async def test_a_message_of_another_conversation_has_no_record_here(desk: Desk) -> None:
    message_id = desk.business.reply("Hello").message_id
    await desk.open_amelia()
    other = db.transact_now(contacts.create, desk.me.actor, contacts.ContactDraft("Oscar", ("oscar@example.com",)))
    await desk.open(f"c={db.transact_now(inbox.start_conversation, desk.me.actor, other)}")
    with pytest.raises(NotFound):
        await desk.tab.fire(ThreadState.open_message(message_id), path=HOME)


async def test_a_reply_is_invented_on_captured_channels_only(desk: Desk) -> None:
    thread = await desk.open_amelia()
    assert [choice.kind for choice in thread.practice] == ["email", "sms"]
    await desk.tab.fire(ThreadState.simulate({"practice_channel": "web", "words": "Hi"}), path=HOME)
    assert (await desk.thread()).practice_problem == "Choose a channel."
    await desk.tab.fire(ThreadState.simulate({"practice_channel": "sms", "words": "Is Thursday free?"}), path=HOME)
    line = (await desk.thread()).lines[-1]
    assert (line.look, line.channel, line.body[0].text) == ("in", ChannelKind.SMS, "Is Thursday free?")
