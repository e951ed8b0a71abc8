"""Somebody writes first: one person, one thread, one welcome, an answer, and then a booking from the link they got."""

from careops_app.contacts import queries as contacts
from careops_app.contacts.queries import ContactFilter
from careops_app.demo import cast
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.queries import Filter
from careops_app.inbox.service import Reply
from careops_app.worker.run import drain_now
from tests.cast import Business, Visitor, book

NORA = {"name": "Nora Vance", "email": "nora@example.com", "message": "Do you do bridal trials?"}


def write(visitor: Visitor, clinic: Business, **given: str) -> Visitor:
    return visitor.open(f"/c/{clinic.slug}").send("Send message", **given)


def test_one_message_makes_one_contact_one_conversation_and_one_welcome(clinic: Business, visitor: Visitor) -> None:
    assert "We have your message" in write(visitor, clinic, **NORA).text
    drain_now()
    assert [(one.name, one.stage) for one in clinic.contacts()] == [("Nora Vance", "new")]
    assert len(clinic.conversations()) == 1
    (welcome,) = clinic.messages("Nora Vance", "welcome")
    assert welcome.author_name == "automation: Welcome"
    assert welcome.why is not None and welcome.why.event_name == "inquiry.received"
    assert welcome.state_key == "message.captured", "nothing is reported as sent that stayed here"
    assert clinic.decided("welcome") == [("fired", "message queued")]
    assert clinic.in_list(Filter.UNANSWERED) == clinic.in_list(Filter.NEW) == ["Nora Vance"]


def test_pressing_send_twice_is_one_message(clinic: Business, visitor: Visitor) -> None:
    page = visitor.open(f"/c/{clinic.slug}")
    key = page.form("Send message").fields["key"]
    page.send("Send message", **NORA)
    assert "We have your message" in write(Visitor(), clinic, **NORA | {"key": key}).text
    drain_now()
    assert len([row for row in clinic.thread("Nora Vance").messages if row.author == "contact"]) == 1


def test_a_known_sender_joins_the_thread_gets_no_second_welcome_and_keeps_their_name(
    clinic: Business, visitor: Visitor
) -> None:
    write(visitor, clinic, **NORA)
    drain_now()
    write(visitor, clinic, name="N. Smith", email="NORA@example.com ", message="One more question")
    drain_now()
    assert [one.name for one in clinic.contacts()] == ["Nora Vance"]
    assert len(clinic.messages("Nora Vance", "welcome")) == 1
    assert clinic.decided("welcome") == [("fired", "message queued"), ("skipped", "The contact was known already")]
    second = [row for row in clinic.thread("Nora Vance").messages if row.author == "contact"][-1]
    assert second.differing == ("The form gave the name “N. Smith”; stored is “Nora Vance”.",)


def test_the_same_person_by_phone_is_the_same_contact(clinic: Business, visitor: Visitor) -> None:
    write(visitor, clinic, name="Leila Haddad", phone="0131 496 0233", message="By phone please")
    write(visitor, clinic, name="Leila Haddad", phone="+44 131 496 0233", message="Still there?")
    drain_now()
    assert len(clinic.contacts()) == len(clinic.conversations()) == 1
    (welcome,) = clinic.messages("Leila Haddad", "welcome")
    assert welcome.channel == ChannelKind.SMS


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(clinic: Business, visitor: Visitor) -> None:
    page = write(visitor, clinic, name="Nora Vance", email="nora@", message="A long story")
    assert page.status == 422
    assert page.form("Send message").fields["message"].strip() == "A long story"
    assert page.form("Send message").fields["email"] == "nora@"
    assert clinic.contacts() == []
    assert "We have your message" in page.send("Send message", email="nora@example.com").text


def test_from_the_reply_to_the_booking(clinic: Business, visitor: Visitor) -> None:
    write(visitor, clinic, **NORA)
    drain_now()
    answer = f"Yes. Choose a time: http://localhost:3000/b/{clinic.slug}"
    clinic.do(inbox.reply, Reply(clinic.conversation_of("Nora Vance"), ChannelKind.EMAIL, answer), by=cast.PRIYA)
    drain_now()
    reply = clinic.thread("Nora Vance").messages[-1]
    assert (reply.author_name, reply.body) == ("Priya Raman", answer)
    assert clinic.in_list(Filter.UNANSWERED) == []
    assert clinic.contacts()[0].stage == "contacted"
    page = book(
        Visitor(), clinic, cast.FACIAL, clinic.free(cast.FACIAL)[0], name="Nora Vance", email="nora@example.com"
    )
    assert "You are booked, Nora" in page.text
    drain_now()
    assert [(one.name, one.stage) for one in clinic.contacts()] == [("Nora Vance", "booked")]
    assert len(clinic.conversations()) == 1
    assert clinic.messages("Nora Vance", "booking_confirmation"), "a reply never stops an answer to a new action"
    assert clinic.ask(contacts.contact_list, ContactFilter(text="nora")).total == 1
