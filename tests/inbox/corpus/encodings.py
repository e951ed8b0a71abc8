"""Letters in every encoding that is met, declared rightly, wrongly or not at all."""

from __future__ import annotations

import base64
import quopri

from tests.inbox.corpus.case import AMELIA, Case, mail, multipart, part

BOM = b"\xef\xbb\xbf"


def _in(words: str, charset: str, encoding: str = "8bit", declared: str | None = None, **more: str) -> bytes:
    content = words.encode(charset)
    if encoding == "base64":
        content = base64.encodebytes(content)
    elif encoding == "quoted-printable":
        content = quopri.encodestring(content)
    return mail(content, kind=f"text/plain; charset={declared or charset}", Content_Transfer_Encoding=encoding, **more)


def _word(words: str, charset: str, kind: str = "B") -> str:
    content = words.encode(charset)
    if kind == "B":
        return f"=?{charset}?B?{base64.b64encode(content).decode()}?="
    return f"=?{charset}?Q?{''.join(f'={byte:02X}' for byte in content)}?="


def _filed(name: str, raw: bytes, body: str | None = None, **more: str) -> Case:
    return Case(name, raw, "filed", "amelia", body=body, **more)  # type: ignore[arg-type]


BODIES: tuple[tuple[str, str, str, str, str | None], ...] = (
    ("utf-8 as it is", "Grüße, señor, żółć", "utf-8", "8bit", None),
    ("utf-8 in base64", "Grüße aus Köln", "utf-8", "base64", None),
    ("utf-8 in quoted-printable", "Déjà vu", "utf-8", "quoted-printable", None),
    ("latin-1", "Süße Träume", "iso-8859-1", "8bit", None),
    ("latin-1 that is really Windows", "“Quoted” – with a dash…", "cp1252", "8bit", "iso-8859-1"),
    ("latin-9 with the euro sign", "50 €", "iso-8859-15", "quoted-printable", None),
    ("Windows 1252", "Smart ‘quotes’", "windows-1252", "8bit", None),
    ("latin-2 for Polish", "Zażółć gęślą jaźń", "iso-8859-2", "8bit", None),
    ("Windows 1250 for Czech", "Příliš žluťoučký kůň", "windows-1250", "base64", None),
    ("Windows 1251 for Russian", "Здравствуйте", "windows-1251", "8bit", None),
    ("KOI8-R for Russian", "Добрый день", "koi8-r", "8bit", None),
    ("Greek", "Καλημέρα", "iso-8859-7", "8bit", None),
    ("Turkish", "Günaydın, şöyle", "iso-8859-9", "8bit", None),
    ("Hebrew", "שלום", "windows-1255", "8bit", None),
    ("Arabic", "صباح الخير", "windows-1256", "base64", None),
    ("Japanese as mail has it", "予約をお願いします", "iso-2022-jp", "7bit", None),
    ("Japanese in Shift JIS", "ありがとう", "shift_jis", "8bit", None),
    ("Japanese in EUC", "こんにちは", "euc-jp", "base64", None),
    ("Chinese declared narrower than it is", "镕基先生", "gb18030", "base64", "gb2312"),
    ("Chinese in Big5", "謝謝您", "big5", "8bit", None),
    ("Korean", "안녕하세요", "euc-kr", "8bit", None),
    ("Korean as Windows names it", "똠방각하", "cp949", "base64", "ks_c_5601-1987"),
    ("UTF-16", "Wide", "utf-16", "base64", None),
    ("UTF-7", "Gruß & Kuß", "utf-7", "7bit", None),
)  # fmt: skip

CASES: list[Case] = [
    _filed(f"body, {name}", _in(words, charset, how, declared), words) for name, words, charset, how, declared in BODIES
]
CASES += [
    _filed("body, an unknown charset", _in("Grüße", "utf-8", declared="x-unknown-9"), "Grüße"),
    _filed("body, no charset at all", mail("Grüße".encode(), kind="text/plain"), "Grüße"),
    _filed("body, latin bytes without a word about it", mail("Grüße, ja".encode("latin-1"), kind="text/plain"), "Grüße, ja"),
    _filed("body, declared UTF-8 but it is not", mail("Ça va".encode("latin-1")), "Ça va"),
    _filed("body, a charset that runs code elsewhere", mail(r"\u0041", kind="text/plain; charset=unicode_escape"), r"\u0041"),
    _filed("body, a charset that is no charset", mail("Hello zip", kind="text/plain; charset=zlib_codec"), "Hello zip"),
    _filed("body, no Content-Type", mail("Plain as can be", kind=""), "Plain as can be"),
    _filed("body, broken base64", mail("SGVsbG8gdGhlcmU=!!!", Content_Transfer_Encoding="base64"), has="Hello there"),
    _filed("body, broken quoted-printable", mail("Caf=C3=A9 =ZZ =", Content_Transfer_Encoding="quoted-printable"), has="Café"),
    _filed("body, an unknown transfer encoding", mail("As it is", Content_Transfer_Encoding="x-magic"), "As it is"),
    _filed("body, NUL and control characters", mail(b"Be\x00fore\x07 after\x1b[31m"), has="after"),
    _filed("body, marks that turn text around", mail("pay \u202eecivni\u202c now"), hasnt="\u202e"),
    _filed("body, lone carriage returns", mail("one") .replace(b"one", b"one\rtwo"), "one\ntwo"),
    _filed("body, bare line feeds everywhere", mail("Unix lines").replace(b"\r\n", b"\n"), "Unix lines"),
    _filed("body, HTML entities", mail("<p>Tom &amp; J&eacute;r&ocirc;me &lt;3</p>", kind="text/html"), "Tom & Jérôme <3"),
    _filed("body, HTML with its charset in a meta tag", mail("<meta charset=utf-8><p>Grüße</p>", kind="text/html; charset=utf-8"), "Grüße"),
    _filed("subject, base64", mail("s1", subject=_word("Grüße", "utf-8")), subject="Grüße"),
    _filed("subject, quoted-printable", mail("s2", subject=_word("Größe", "iso-8859-1", "Q")), subject="Größe"),
    _filed("subject, Japanese", mail("s3", subject=_word("予約", "iso-2022-jp")), subject="予約"),
    _filed(
        "subject, a letter cut in two", mail("s4", subject="=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?="), subject="Grüße",
    ),
    _filed("subject, words between encoded words", mail("s5", subject=f"Re: {_word('Ä', 'utf-8')} and {_word('Ö', 'utf-8')}"), subject="Re: Ä and Ö"),
    _filed("subject, raw UTF-8", mail("s6", subject="Grüße, roh"), subject="Grüße, roh"),
    _filed("subject, raw latin bytes", mail(b"s7").replace(b"Friday", "Größe".encode("latin-1")), subject="Größe"),
    _filed("subject, broken base64", mail("s8", subject="=?utf-8?B?@@@?="), subject=""),
    _filed("subject, an unknown charset", mail("s9", subject="=?x-klingon?Q?nuqneH?="), subject="nuqneH"),
    _filed("subject, folded over lines", mail("s10").replace(b"Subject: Friday", b"Subject: A long\r\n subject on\r\n\ttwo lines"), subject="A long subject on two lines"),
    _filed("subject, a line break in an encoded word", mail("s11", subject="=?utf-8?q?Hi=0d=0aBcc:_x@example.net?="), subject="Hi Bcc: x@example.net"),
    _filed("subject, endless", mail("s12", subject="word " * 500), has="s12"),
    _filed("subject, emoji", mail("s13", subject=_word("See you 🎉", "utf-8")), subject="See you 🎉"),
    _filed("name, encoded", mail("n1", sender=f"{_word('Amélia Härt', 'utf-8')} <{AMELIA}>"), sender_name="Amélia Härt"),
    _filed("name, quoted with a comma", mail("n2", sender=f'"Hart, Amelia" <{AMELIA}>'), sender_name="Hart, Amelia"),
    _filed("name, in a comment", mail("n3", sender=f"{AMELIA} (Amelia Hart)"), sender_name="Amelia Hart"),
    _filed("name, none", mail("n4", sender=AMELIA), sender_name=""),
    _filed("two forms, the text one empty", multipart(part(""), part("<p>Only here</p>", "text/html; charset=utf-8"), subtype="alternative"), "Only here"),
    _filed("a preamble and an epilogue", multipart(part("Between")).replace(b"--b1\r\n", b"This is MIME.\r\n--b1\r\n", 1) + b"\r\nepilogue", "Between"),
    _filed("a boundary that is never closed", multipart(part("Open end")).replace(b"--b1--", b""), "Open end"),
    _filed("a multipart without a boundary", mail("Lost", kind="multipart/mixed"), has=""),
    _filed("a byte order mark before the words", mail(BOM + b"Marked"), has="Marked"),
    _filed("an mbox line on top", b"From amelia@example.com Fri Nov 20 10:12:00 2026\r\n" + mail("From a box"), has="From a box"),
]  # fmt: skip
