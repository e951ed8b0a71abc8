"""Where a mail that comes in belongs, and what it may and may not set in motion."""

from typing import Any

import pytest
from sqlmodel import select

from careops_app.contacts.models import ContactAddress
from careops_app.errors import Refused
from careops_app.inbox import arming, suppression, thread_queries, unverified
from careops_app.inbox.mail_models import FolderRole, Mailbox
from careops_app.inbox.models import ChannelKind
from careops_app.inbox.reply_tokens import reply_address
from careops_app.infra import clock as time_source
from careops_app.infra import db
from tests.inbox.desk import Business, a_business
from tests.inbox.letters import arrive, connect, letter, mails

PASSED = "mx.example.com; dmarc=pass header.from=example.com"
FAILED = "mx.example.com; dmarc=fail header.from=example.com"


@pytest.fixture
def post(harbour: Business) -> Business:
    connect(harbour)
    return harbour


def test_a_mail_of_a_contact_becomes_a_line_of_their_conversation(post: Business) -> None:
    mail = arrive(post, letter())
    (message,) = post.messages()
    assert mail.state == "filed" and mail.message_id == message.id
    assert (message.direction, message.author, message.body) == ("in", "contact", "Hello, may I come on Friday?")
    conversation = post.conversation()
    assert conversation.waiting_since is not None and conversation.unread == 1
    assert len(post.events("message.received")) == 1


def test_the_same_mail_twice_is_one_mail(post: Business) -> None:
    raw = letter()
    arrive(post, raw)
    arrive(post, b"Received: by another.example; Mon, 23 Nov 2026 09:00:01 +0000\r\n" + raw)
    assert len(mails(post)) == 1 and len(post.messages()) == 1


def test_a_stranger_becomes_a_contact(post: Business) -> None:
    mail = arrive(post, letter(sender="Noah Reed <noah@example.org>"))
    assert mail.state == "filed" and len(post.events("contact.created")) == 2


def test_the_same_message_id_with_other_words_waits_for_a_person(post: Business) -> None:
    arrive(post, letter("one", Message_ID="<same@mail.example>"))
    second = arrive(post, letter("two", Message_ID="<same@mail.example>"))
    assert (second.state, second.reason, len(post.messages())) == ("unverified", "repeated_id", 1)


def test_an_answer_to_the_address_of_a_conversation_belongs_there(post: Business) -> None:
    address = reply_address("studio@example.com", post.workspace_id, post.conversation_id())
    mail = arrive(post, letter(To=address or "", Authentication_Results=PASSED))
    assert mail.state == "filed" and post.messages()[0].conversation_id == post.conversation_id()


@pytest.mark.parametrize(
    "raw",
    [
        letter(Authentication_Results=FAILED),
        letter(sender='"amelia@example.com" <evil@example.net>'),
        letter(sender="amelia@example.com <evil@example.net>"),
        letter(sender="Amelia <amelia@example.com>, Evil <evil@example.net>"),
        letter(From="", sender=""),
    ],
    ids=["dmarc fails", "quoted name", "bare name", "two senders", "none"],
)
def test_a_forged_sender_waits_and_changes_nothing(post: Business, raw: bytes) -> None:
    waiting = post.automated("welcome:1")
    known = len(post.events("contact.created"))
    mail = arrive(post, raw)
    assert mail.state == "unverified" and mail.message_id is None
    assert [each.id for each in post.messages()] == [waiting] and post.message(waiting).state == "queued"
    assert post.conversation().unread == 0 and len(post.events("contact.created")) == known


def test_a_token_in_other_hands_waits_for_a_person_who_may_let_it_in(post: Business) -> None:
    conversation = post.conversation_id()
    address = reply_address("studio@example.com", post.workspace_id, conversation)
    mail = arrive(post, letter(sender="Sam <sam@example.net>", To=address or ""))
    assert (mail.state, mail.reason, mail.conversation_id) == ("unverified", "other_sender", conversation)
    (row,) = db.fetch_now(unverified.unverified_mails, post.actor)
    assert row.about == "Amelia Hart" and row.may_accept
    assert db.transact_now(unverified.accept_mail, post.actor, mail.id) == conversation
    assert db.transact_now(unverified.accept_mail, post.actor, mail.id) == conversation
    (message,) = post.messages()
    assert message.author_name == "Sam" and db.fetch_now(unverified.unverified_count, post.actor) == 0
    assert db.fetch_now(_addresses, post.workspace_id) == ["amelia@example.com"]


def _addresses(session: Any, _: int) -> list[str]:
    return list(session.exec(select(ContactAddress.value).where(ContactAddress.kind == "email")))


def test_a_forged_reference_is_not_followed(post: Business) -> None:
    post.reply("Come on Friday")
    ours = post.messages()[0].rfc_message_id or ""
    mail = arrive(post, letter(sender="Eve <eve@example.net>", In_Reply_To=ours, References=ours))
    assert (mail.state, mail.reason) == ("unverified", "other_sender")


def test_a_discarded_mail_never_comes_in(post: Business) -> None:
    mail = arrive(post, letter(Authentication_Results=FAILED))
    db.transact_now(unverified.discard_mail, post.actor, mail.id)
    db.transact_now(unverified.discard_mail, post.actor, mail.id)
    with pytest.raises(Refused):
        db.transact_now(unverified.accept_mail, post.actor, mail.id)
    assert post.messages() == []


def test_an_out_of_office_note_is_kept_and_nobody_waits(post: Business) -> None:
    mail = arrive(post, letter("I am away", Subject="Automatic reply: Friday", Auto_Submitted="auto-replied"))
    assert mail.state == "automatic" and len(post.messages()) == 1
    assert post.conversation().waiting_since is None and post.events("message.received") == []


def test_a_newsletter_of_a_stranger_makes_no_contact(post: Business) -> None:
    mail = arrive(post, letter("Sale!", sender="Shop <news@shop.example>", List_Id="<news.shop.example>"))
    assert mail.state == "ignored" and len(post.events("contact.created")) == 1 and post.messages() == []


def bounce(message_id: str, status: str = "5.1.1", recipient: str = "amelia@example.com") -> bytes:
    """A report as Postfix writes it (RFC 3464)."""
    parts = (
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} No such user\r\n"
        f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n--b--"
    )
    return letter(
        parts, "Mail Delivery System <mailer-daemon@mx.example.com>", Return_Path="<>", Message_ID=f"<r{status}@mx>",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
    )  # fmt: skip


def _sent(post: Business) -> Any:
    """A message that a server has taken."""
    from careops_app.inbox.models import Message

    post.reply("Come on Friday")
    message_id = post.messages()[-1].id

    def settle(session: Any, _: int) -> None:
        message = db.load(session, Message, message_id, lock=True)
        message.state = "sending"
        session.flush()
        message.state, message.due_at = "sent", None

    db.transact_now(settle, post.workspace_id)
    return post.message(message_id)


def test_a_bounce_marks_the_message_and_stops_mail_to_a_dead_address(post: Business) -> None:
    message = _sent(post)
    mail = arrive(post, bounce(message.rfc_message_id))
    bounced = post.message(message.id)
    assert mail.state == "report" and bounced.state == "bounced" and "does not exist" in bounced.reason
    assert db.fetch_now(_is_suppressed, post.workspace_id)
    assert len(post.events("message.failed")) == 1
    (email, _) = db.fetch_now(thread_queries.conversation_head, post.actor, post.conversation_id()).channels
    assert email.why_not.startswith("E-mail to this address came back")


def _is_suppressed(session: Any, _: int) -> bool:
    return suppression.is_suppressed(session, ChannelKind.EMAIL, "amelia@example.com")


def test_a_full_mailbox_is_no_dead_address(post: Business) -> None:
    message = _sent(post)
    arrive(post, bounce(message.rfc_message_id, "5.2.2"))
    assert post.message(message.id).state == "bounced" and not db.fetch_now(_is_suppressed, post.workspace_id)


def test_a_report_about_nothing_of_ours_changes_nothing(post: Business) -> None:
    message = _sent(post)
    mail = arrive(post, bounce("<guessed@example.com>"))
    assert mail.state == "ignored" and post.message(message.id).state == "sent"
    assert not db.fetch_now(_is_suppressed, post.workspace_id)


def test_a_reply_written_in_the_mailbox_stops_automation_like_one_in_careops(post: Business) -> None:
    waiting = post.automated("welcome:1")
    arrive(post, letter())
    mail = arrive(
        post,
        letter("Yes, Friday at ten.", "Harbour <studio@example.com>", To="Amelia <amelia@example.com>"),
        FolderRole.SENT,
    )
    held = post.message(waiting)
    assert mail.state == "staff" and (held.state, held.reason) == ("held", "staff_replied")
    message = post.message(mail.message_id or 0)
    assert (message.author, message.direction, message.state, message.body) == (
        "member",
        "out",
        "sent",
        "Yes, Friday at ten.",
    )
    conversation = post.conversation()
    assert conversation.paused_at is not None and conversation.waiting_since is None
    assert len(post.events("message.replied")) == 1


def test_what_careops_sent_is_no_staff_reply(post: Business) -> None:
    message = _sent(post)
    again = arrive(
        post, letter("Come on Friday", "studio@example.com", To="amelia@example.com", Message_ID=message.rfc_message_id),
        FolderRole.SENT,
    )  # fmt: skip
    renamed = arrive(
        post,
        letter(
            "Come on Friday", "studio@example.com", To="amelia@example.com", Message_ID="<new@provider.example>",
            Reply_To=reply_address("studio@example.com", post.workspace_id, post.conversation_id()) or "",
        ),
        FolderRole.SENT,
    )  # fmt: skip
    assert (again.state, renamed.state) == ("ignored", "ignored") and len(post.messages()) == 1


def test_letters_to_people_who_are_no_contacts_are_not_kept(post: Business) -> None:
    mail = arrive(post, letter("Private", "studio@example.com", To="mum@example.org"), FolderRole.SENT)
    assert (mail.state, mail.body, mail.subject) == ("ignored", "", "")


def test_a_reply_written_before_the_customer_wrote_again_leaves_them_waiting(post: Business, clock: Any) -> None:
    early = clock.now
    clock.advance(minutes=5)
    arrive(post, letter("One more thing"))
    arrive(post, letter("Yes", "studio@example.com", To="amelia@example.com"), FolderRole.SENT, at=early)
    assert post.conversation().waiting_since is not None and post.conversation().paused_at is not None


def test_mail_stays_in_its_business(database: str, clock: Any) -> None:
    one, other = a_business("One", "one@example.com"), a_business("Other", "two@example.com")
    connect(one)
    arrive(one, letter())
    assert other.messages() == [] and mails(other) == []


def test_automation_waits_until_the_mailbox_has_been_looked_into(post: Business, clock: Any) -> None:
    db.transact_now(_looked, post.workspace_id)
    clock.advance(minutes=2)
    waiting = post.automated("welcome:1")
    (claim,) = db.transact_now(arming.claim, db.SYSTEM)
    assert db.transact_now(arming.arm, post.workspace_id, claim) is None
    assert (post.message(waiting).state, post.message(waiting).reason) == ("queued", "mailbox_behind")
    db.transact_now(_looked, post.workspace_id)
    clock.advance(seconds=20)
    (claim,) = db.transact_now(arming.claim, db.SYSTEM)
    assert db.transact_now(arming.arm, post.workspace_id, claim) is not None


def _looked(session: Any, _: int) -> None:
    session.exec(select(Mailbox)).one().synced_at = time_source.now()
