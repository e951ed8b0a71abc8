"""Reports about what we sent, as servers write them: standard, nearly so, and in prose."""

from __future__ import annotations

from tests.inbox.corpus.case import AMELIA, OURS, STUDIO, Case, mail, multipart, part

DAEMON = "Mail Delivery System <mailer-daemon@mx.example.net>"


def dsn(
    status: str = "5.1.1", action: str = "failed", about: str = OURS, recipient: str = AMELIA, original: str = "headers",
    diagnostic: str = "smtp; 550 5.1.1 User unknown", extra: str = "",
) -> bytes:  # fmt: skip
    """RFC 3464. `original`: how the returned mail is enclosed."""
    returned = f"Message-ID: {about}\r\nSubject: Your visit\r\nTo: {AMELIA}\r\n\r\nYour visit is on Friday."
    enclosed = {
        "headers": part(returned.partition("\r\n\r\n")[0], "text/rfc822-headers"),
        "whole": part(returned, "message/rfc822"),
        "in the text": part(f"--- original ---\nMessage-ID: {about}"),
        "none": b"",
    }[original]
    told = (
        f"Reporting-MTA: dns; mx.example.net\r\n\r\n{extra}Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: {diagnostic}\r\n"
    )
    parts = [part("Your message could not be delivered."), part(told, "message/delivery-status"), enclosed]
    return multipart(
        *[each for each in parts if each], subtype='report; report-type=delivery-status', sender=DAEMON,
        subject="Undelivered Mail Returned to Sender", Return_Path="<>", Auto_Submitted="auto-replied",
    )  # fmt: skip


def _bounce(name: str, raw: bytes, report: str = "bounced!") -> Case:
    return Case(f"bounce, {name}", raw, "report", report=report)


def _prose(words: str, **more: str) -> bytes:
    return mail(
        f"{words}\n\n------ This is a copy of the message ------\nMessage-ID: {OURS}\nSubject: Your visit",
        **({"sender": DAEMON, "subject": "Mail delivery failed"} | more),
    )  # type: ignore[arg-type]


CASES: list[Case] = [
    _bounce("no such user", dsn()),
    _bounce("the whole mail returned", dsn(original="whole")),
    _bounce("the Message-ID in the text", dsn(original="in the text")),
    _bounce("no such domain", dsn("5.1.2", diagnostic="smtp; 550 Host unknown")),
    _bounce("a domain that takes no mail", dsn("5.1.10")),
    _bounce("a mailbox that is switched off", dsn("5.2.1", diagnostic="smtp; 550 5.2.1 disabled")),
    _bounce("no status worth the name", dsn("5.0.0", diagnostic="smtp; 554 denied")),
    _bounce("a full mailbox leaves the address open", dsn("5.2.2", diagnostic="smtp; 552 5.2.2 over quota"), "bounced"),
    _bounce("a letter too large leaves the address open", dsn("5.3.4"), "bounced"),
    _bounce("a policy leaves the address open", dsn("5.7.1", diagnostic="smtp; 550 5.7.1 rejected as spam"), "bounced"),
    _bounce("given up after temporary refusals", dsn("4.4.7", diagnostic="smtp; 451 timed out"), "bounced"),
    _bounce("only delayed", dsn("4.4.1", "delayed"), "sent"),
    _bounce("delivered", dsn("2.0.0", "delivered"), "delivered"),
    _bounce("relayed", dsn("2.0.0", "relayed"), "delivered"),
    _bounce("forwarded to an address of theirs", dsn(recipient="elsewhere@example.net"), "bounced"),
    _bounce("the original recipient named beside another", dsn(recipient="x1@backend.example.net", extra=f"Original-Recipient: rfc822;{AMELIA}\r\n")),
    _bounce("with the action in capitals", dsn(action="FAILED")),
    _bounce("with a status and a comment", dsn("5.1.1 (bad destination)")),
    Case("bounce, of a mail nobody sent", dsn(about="<never@studio.example>"), "ignored", report="sent"),
    Case("bounce, without any Message-ID", dsn(original="none"), "ignored", report="sent"),
    Case("bounce, a report without its report", dsn(action="pondered", original="none"), "ignored", report="sent"),
    _bounce("Exim in prose", _prose(f"A message that you sent could not be delivered to:\n  {AMELIA}\n    550 5.1.1 unknown user", X_Failed_Recipients=AMELIA)),
    _bounce("Exim warns of a delay", _prose(f"Message delayed: it has not yet been delivered to {AMELIA}; it will be retried."), "sent"),
    _bounce("qmail in prose", _prose(f"Hi. This is the qmail-send program.\n<{AMELIA}>:\nSorry, no mailbox here by that name. (#5.1.1)")),
    _bounce("postmaster in prose without a code", _prose("I could not deliver it.", sender="postmaster@example.net"), "bounced"),
    _bounce("Gmail's way of answering", mail("** Address not found **\n\n550 5.1.1 The email account does not exist.", sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>", subject="Delivery Status Notification (Failure)", X_Failed_Recipients=AMELIA, In_Reply_To=OURS, References=OURS)),
    Case(
        "complaint of a recipient", multipart(
            part("This is an abuse report."), part("Feedback-Type: abuse\r\nUser-Agent: x/1", "message/feedback-report"),
            part(f"Message-ID: {OURS}\r\nSubject: Your visit\r\n\r\nwords", "message/rfc822"),
            subtype="report; report-type=feedback-report", sender="Abuse <fbl@provider.example.net>", subject="complaint",
        ), "report", report="sent!",
    ),
    Case(
        "read receipt", multipart(
            part("Read."), part(f"Original-Message-ID: {OURS}\r\nDisposition: manual-action/MDN-sent-manually; displayed", "message/disposition-notification"),
            subtype="report; report-type=disposition-notification", subject="Read: Your visit",
        ), "automatic", "amelia", report="sent",
    ),
    Case("bounce in the words of a customer", mail("My mailer-daemon said 550 5.1.1 about you!", In_Reply_To=OURS), "filed", "amelia", report="sent"),
    Case("bounce of a mail to the studio itself", dsn(recipient=STUDIO, about="<other@example.net>"), "ignored", report="sent"),
]  # fmt: skip
