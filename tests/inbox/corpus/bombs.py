"""Mails made to hang, fill or break whoever reads them, and files made to be opened. Each must be done within five seconds."""

from __future__ import annotations

import base64
import io
import zipfile

from tests.inbox.corpus.case import Case, mail, multipart, part

HTML = "text/html; charset=utf-8"


def _page(html: str, **more: str) -> bytes:
    return multipart(part("The words."), part(html, HTML), subtype="alternative", **more)


def _shown_as_words(name: str, html: str) -> Case:
    """Too much to be shown as it was formatted: the words are there all the same."""
    return Case(f"bomb, {name}", _page(html), "filed", "amelia", body="The words.", html="")


def _nested(depth: int) -> bytes:
    return _head() + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(depth)
    )


def _head() -> bytes:
    return mail("", kind="").rstrip() + b"\r\n"


def _unreadable(name: str, raw: bytes) -> Case:
    return Case(f"bomb, {name}", raw, "unreadable")


CASES: list[Case] = [
    _shown_as_words("100,000 open tags", "<div>" * 51_000),
    _shown_as_words("tags closed by the wrong ones", "<div></span>" * 20_000),
    _shown_as_words("20,000 formatting tags", "".join(f"<b class=c{n}>" for n in range(15_000))),
    Case("bomb, 199 formatting tags and 10,000 paragraphs", _page("".join(f"<b class=c{n}>" for n in range(199)) + "<p>x" * 10_000), "filed", "amelia", body="The words."),
    _shown_as_words("nested tables", "<table><tr><td>" * 15_000),
    _shown_as_words("more than 256 kB of formatting", "<p>word</p>" * 30_000),
    Case("bomb, a tag that never ends", _page("<p>ok</p><a href=" + "x" * 200_000), "filed", "amelia", body="The words."),
    Case("bomb, 200,000 brackets", mail("<" * 200_000, kind=HTML), "filed", "amelia"),
    Case("bomb, comments that never end", mail("<!--" * 60_000, kind=HTML), "filed", "amelia"),
    Case("bomb, scripts that never end", mail("<script>" * 30_000 + "x", kind=HTML), "filed", "amelia"),
    Case("bomb, 100,000 entities", mail("&amp;" * 50_000, kind=HTML), "filed", "amelia"),
    Case("bomb, one attribute of 200 kB", _page('<p title="' + "x" * 200_000 + '">hi</p>'), "filed", "amelia", body="The words."),
    _unreadable("parts in parts, 3,000 deep", _nested(3_000)),
    _unreadable("parts in parts, 12 deep", _nested(12)),
    _unreadable("mails in mails, 3,000 deep", _head() + b"Content-Type: message/rfc822\r\n\r\n" * 3_000),
    _unreadable("101 parts", multipart(*[part(f"Part {n}") for n in range(101)])),
    _unreadable("100,000 empty parts", multipart(*[b"\r\n"] * 100_000)),
    _unreadable("a header of 200 kB", mail("x", X_Long="y " * 100_000)),
    _unreadable("10,000 header fields", mail("x").replace(b"Subject", b"X-A: bbbbbbbb\r\n" * 10_000 + b"Subject")),
    _unreadable("one line of 50 kB in the header", mail("x", References="<a@b> " * 9_000)),
    Case("bomb, 5,000 addresses", mail("Many", to="a@example.net"), "filed", "amelia"),
    Case("bomb, brackets and quotes in the sender", mail("Odd", sender='"' * 9_999 + "(" * 9_000), "unverified"),
    Case("bomb, 9,000 encoded words", mail("Words", subject="=?utf-8?q?a?= " * 1_300), "filed", "amelia"),
    Case("bomb, comments in the results of proofs", mail("Deep", Authentication_Results="mx.example.com; " + "(" * 9_000), "filed", "amelia"),
    Case("bomb, a text of 20 MB", mail("line of words\n" * 1_400_000), "filed", "amelia", has="line of words"),
    Case("bomb, one line of 10 MB", mail("x" * 10_000_000), "filed", "amelia"),
    Case("bomb, 4,000 lines that begin a quote", mail("On x wrote: y\n> a\nb\n" * 4_000), "filed", "amelia"),
    Case("bomb, 100,000 marks of quoting", mail("> " * 100_000), "filed", "amelia"),
    Case("bomb, quoted-printable of 5 MB", mail("=41" * 1_700_000, Content_Transfer_Encoding="quoted-printable"), "filed", "amelia"),
    Case("bomb, nothing but NUL", mail(b"\0" * 1_000_000), "filed", "amelia"),
    Case("bomb, an empty mail", b"", "unverified"),
    Case("bomb, no header at all", b"just words\r\nand more\r\n", "unverified"),
    Case("bomb, bytes by chance", bytes((n * 7919 + n // 13) % 256 for n in range(60_000)), "unverified"),
    _unreadable("larger than 25 MB", mail("y" * 26_300_000)),
]  # fmt: skip


def _zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"0" * 2_000_000)
    return buffer.getvalue()


def _file(name: str, content: bytes, kind: str = "application/octet-stream", disposition: str | None = None) -> bytes:
    shown = disposition or f'attachment; filename="{name}"'
    return multipart(
        part("See the file."),
        part(base64.encodebytes(content), kind, Content_Transfer_Encoding="base64", Content_Disposition=shown),
    )


PDF, PNG = b"%PDF-1.7 small", b"\x89PNG\r\n\x1a\n small"

CASES += [
    Case("file, a PDF", _file("letter.pdf", PDF, "application/pdf"), "filed", "amelia", kept=("letter.pdf",)),
    Case("file, a picture in the letter", _file("p.png", PNG, "image/png", "inline; filename=p.png"), "filed", "amelia", kept=("p.png",)),
    Case("file, an encoded name", _file("", PDF, "application/pdf", "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf"), "filed", "amelia", kept=("Größe.pdf",)),
    Case("file, a name that climbs", _file("../../etc/passwd.pdf", PDF), "filed", "amelia", kept=("passwd.pdf",)),
    Case("file, a name that turns around", _file("invoice\u202efdp.exe", PDF), "filed", "amelia", named=("exe",)),
    Case("file, a program", _file("setup.exe", b"MZ\x90\0"), "filed", "amelia", named=("setup.exe",)),
    Case("file, a program that says it is a PDF", _file("bill.pdf", b"MZ\x90\0", "application/pdf"), "filed", "amelia", named=("bill.pdf",)),
    Case("file, a page", _file("page.html", b"<script>alert(1)</script>", "text/html"), "filed", "amelia", named=("page.html",)),
    Case("file, an SVG", _file("logo.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"), "filed", "amelia", named=("logo.svg",)),
    Case("file, an archive that grows", _file("big.zip", _zip(*[f"{n}.txt" for n in range(20)])), "filed", "amelia", named=("big.zip",)),
    Case("file, a calendar entry", _file("visit.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", "text/calendar"), "filed", "amelia", named=("visit.ics",)),
    Case("file, a mail inside a mail", multipart(part("Forwarded."), part("From: x@example.net\r\nSubject: y\r\n\r\nz", "message/rfc822")), "filed", "amelia", named=("forwarded message",)),
    Case("file, thirty of them", multipart(part("Many."), *[part(base64.encodebytes(PDF + str(n).encode()), f'application/pdf; name="{n}.pdf"', Content_Transfer_Encoding="base64") for n in range(30)]), "filed", "amelia", named=("10 more",)),
    Case("file, larger than 10 MB", _file("film.pdf", PDF + b"\1" * 11_000_000), "filed", "amelia", named=("film.pdf",)),
    Case("file, without a name", _file("", PDF, "application/pdf", "attachment"), "filed", "amelia", kept=("file.pdf",)),
]  # fmt: skip
