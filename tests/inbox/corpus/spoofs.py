"""Forgers: senders that are not who they say, threads that are not theirs, and pages that want to be more than words."""

from __future__ import annotations

from tests.inbox.corpus.case import (
    AMELIA,
    BEN,
    FAIL,
    OURS,
    OURS_TO_BEN,
    PASS,
    TOKEN,
    TOKEN_OF_BEN,
    Case,
    mail,
    multipart,
    part,
)

EVE = "Eve <eve@example.net>"


def _waits(name: str, raw: bytes, why: str = "") -> Case:
    return Case(f"spoof, {name}", raw, "unverified", why=why)


SENDERS: tuple[tuple[str, str], ...] = (
    ("a bare address before the real one", f"{AMELIA} <eve@example.net>"),
    ("a quoted address before the real one", f'"{AMELIA}" <eve@example.net>'),
    ("an encoded address before the real one", "=?utf-8?q?amelia=40example.com?= <eve@example.net>"),
    ("an address inside a name", f'"Amelia ({AMELIA})" <eve@example.net>'),
    ("two addresses", f"Amelia <{AMELIA}>, Eve <eve@example.net>"),
    ("two addresses the other way round", f"Eve <eve@example.net>, {AMELIA}"),
    ("two angle brackets", f"Amelia <{AMELIA}> <eve@example.net>"),
    ("an angle bracket in an angle bracket", f"Amelia <<{AMELIA}>>"),
    ("no address", "Amelia Hart"),
    ("an empty address", "Amelia <>"),
    ("a group", f"undisclosed: {AMELIA}, eve@example.net;"),
    ("a line break in the address", "Amelia <amelia@example.com\x0b>"),
)

PAGES: tuple[tuple[str, str, str], ...] = (
    ("a script", "<script>alert(1)</script>", "<script"),
    ("a script in an attribute", '<img src=x onerror="alert(1)">', "onerror"),
    ("a javascript link", '<a href="javascript:alert(1)">x</a>', "javascript:"),
    ("a link of data", '<a href="data:text/html,<script>alert(1)</script>">x</a>', "data:"),
    ("an SVG", "<svg><script>alert(1)</script></svg>", "<svg"),
    ("MathML that mutates", "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "onerror"),
    ("a style sheet from elsewhere", "<style>@import url(https://t.example.net/x.css)</style>", "@import"),
    ("a style that covers the page", '<div style="position:fixed;inset:0">x</div>', "position"),
    ("a tracking pixel", '<img src="https://t.example.net/p.gif">', "t.example.net"),
    ("a form", '<form action="https://t.example.net"><input name=password></form>', "<form"),
    ("a frame", '<iframe src="https://t.example.net"></iframe>', "<iframe"),
    ("a base address", '<base href="https://t.example.net/"><a href="/x">x</a>', "<base"),
    ("a refresh", '<meta http-equiv=refresh content="0;url=https://t.example.net">', "http-equiv"),
    ("a comment of Outlook", "<!--[if mso]><script>alert(1)</script><![endif]-->", "alert"),
)

CASES: list[Case] = [_waits(f"sender, {name}", mail(f"Trust me: {name}", sender=who)) for name, who in SENDERS]
CASES += [
    _waits("DMARC fails", mail("Pay here", Authentication_Results=FAIL), "failed_proof"),
    _waits("SPF fails and nothing is signed", mail("Pay now", Authentication_Results="mx.example.com; spf=fail smtp.mailfrom=example.com; dkim=none"), "failed_proof"),
    _waits("a forged result below ours", mail("Believe me", Authentication_Results=FAIL) .replace(b"MIME-Version", f"Authentication-Results: {PASS}\r\nMIME-Version".encode()), "failed_proof"),
    _waits("DMARC fails with a comment in between", mail("Hidden", Authentication_Results="mx.example.com (really; dmarc=pass); dmarc=(x)fail header.from=example.com"), "failed_proof"),
    _waits("DMARC fails and the token is right", mail("Stolen and forged", to=TOKEN, Authentication_Results=FAIL), "failed_proof"),
    Case("spoof, a result of another server proves nothing", mail("Neutral", Authentication_Results="mx.evil.example; dmarc=fail header.from=example.com"), "filed", "amelia"),
    Case("true, DMARC passes", mail("Proven", Authentication_Results=PASS), "filed", "amelia"),
    Case("true, DKIM of the same domain passes", mail("Signed", Authentication_Results="mx.example.com; dkim=pass header.d=example.com; spf=fail smtp.mailfrom=relay.example.net"), "filed", "amelia"),
    _waits("DKIM of another domain, SPF fails", mail("Signed elsewhere", Authentication_Results="mx.example.com; dkim=pass header.d=example.net; spf=fail smtp.mailfrom=example.com"), "failed_proof"),
    _waits("the token in other hands", mail("I found this address", sender=EVE, to=TOKEN), "other_sender"),
    _waits("the token of Ben used by Amelia", mail("Wrong door", to=TOKEN_OF_BEN), "other_sender"),
    _waits("a reference to a letter to Amelia", mail("As you wrote to me", sender=EVE, In_Reply_To=OURS, References=OURS), "other_sender"),
    _waits("a reference only in References", mail("See below", sender=EVE, References=f"<x@example.net> {OURS}"), "other_sender"),
    _waits("Amelia refers to a letter to Ben", mail("About Ben", In_Reply_To=OURS_TO_BEN), "other_sender"),
    Case("spoof, a guessed token is none", mail("Guess", sender="Guy <guy@example.net>", to="studio+c1-aaaaaaaaaaaaaaaa@example.com"), "filed", "guy@example.net"),
    Case("spoof, a token of another number", mail("Guess again", to="studio+c999999-aaaaaaaaaaaaaaaa@example.com"), "filed", "amelia"),
    Case("spoof, Sender and Reply-To claim to be Ben", mail("Who am I", Sender=BEN, Reply_To=BEN), "filed", "amelia"),
    Case("spoof, Resent-From claims to be Ben", mail("Resent", Resent_From=BEN), "filed", "amelia"),
    _waits("two From fields", mail("Twice").replace(b"Subject:", b"From: Eve <eve@example.net>\r\nSubject:"), "more than one sender"),
    _waits("two From fields the other way round", mail("Twice!", sender=EVE).replace(b"Subject:", f"From: {AMELIA}\r\nSubject:".encode()), "more than one sender"),
    _waits("no From field", mail("Nobody", sender=""), "who sent it"),
    Case("spoof, a robot that is forged", mail("Away", Auto_Submitted="auto-replied", Authentication_Results=FAIL), "ignored"),
    _waits("the Message-ID of another letter, first copy elsewhere", mail("Copycat", id="<copied@mail.example>"), "repeated_id"),
    Case("spoof, a look-alike domain is a stranger", mail("It is me", sender="Amelia Hart <amelia@examp1e.example.net>"), "filed", "amelia@examp1e.example.net"),
    Case("spoof, a header smuggled in the subject", mail("Split", subject="Hi\r\nX-Injected: yes"), "filed", "amelia", subject="Hi"),
    Case("spoof, a header smuggled in the name", mail("Named", sender=f"=?utf-8?q?A=0d=0aBcc=3a_x?= <{AMELIA}>"), "filed", "amelia", sender_name="A Bcc: x"),
]  # fmt: skip
CASES += [
    Case(
        f"page, {name}",
        mail(f"<p>Words of {name}</p>{page}", kind="text/html; charset=utf-8"),
        "filed",
        "amelia",
        html="<p>Words",
        html_not=bad,
    )
    for name, page, bad in PAGES
]
CASES += [
    Case("page, hidden behind a plain twin", multipart(part("Harmless"), part("<b onclick=x()>Hm</b>", "text/html"), subtype="alternative"), "filed", "amelia", body="Harmless", html="<b>Hm</b>", html_not="onclick"),
]  # fmt: skip
