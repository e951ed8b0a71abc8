"""Where the new words of an answer end and the older letters below begin, in the ways that mail programs write it."""

from __future__ import annotations

import re

LONGEST_LOOK = 4_000  # lines

_END = r")\s*[::]\s*"
_WROTE = re.compile(
    r"(?:"
    + "|".join((
        r"on\b.{3,250}\bwrote", r"am\b.{3,250}\bschrieb\b.{0,120}", r"le\b.{3,250}\ba [ée]crit",
        r"el\b.{3,250}\bescribi[óo]", r"il\b.{3,250}\bha scritto", r"op\b.{3,250}\bschreef\b.{0,120}",
        r"em\b.{3,250}\bescreveu", r"a\b.{3,250}\bescreveu", r"w dniu\b.{3,250}\b(?:pisze|napisa[łl](?:\(a\)|a)?)",
        r"dnia\b.{3,250}\bnapisa[łl](?:\(a\)|a)?", r"den\b.{3,250}\bskrev\b.{0,120}",
    ))
    + _END,
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_NAMED_FIRST = re.compile(  # begins with a name or a date, so it is only known by its one line
    r"(?:"
    + "|".join((
        r".{3,200}\bschrieb(?: am .{3,120})?", r".{3,250}\bescribi[óo]", r".{3,250}\bnapisał\(a\)",
        r".{3,120}\bописал\(а\)", r".{3,200}\bпишет", r".{3,200}のメール", r".{3,200}写道",
    ))
    + _END,
    re.IGNORECASE,
)  # fmt: skip
_DIVIDER = re.compile(
    r"\s*[-_]{2,}\s*(?:"
    + "|".join((
        "original message", "forwarded message", "urspr[üu]ngliche nachricht", "message d['’]origine", "message original",
        "mensaje original", "messaggio originale", "oorspronkelijk bericht", "mensagem original",
        "wiadomo[śs][ćc] oryginalna", "originalmeddelande", "原始邮件",
    ))
    + r")\s*[-_]{2,}\s*",
    re.IGNORECASE,
)  # fmt: skip
_FROM = re.compile(r"\s*\*?(?:from|von|de|da|van|od|från|发件人)\*?\s?:\s?.{2,}", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*?(?:"
    + "|".join((
        "sent", "date", "gesendet", "datum", "envoy[ée]", "enviado(?: el)?", "fecha", "inviato", "data", "verzonden",
        "enviada em", "wys[łl]ano", "skickat", "发送时间",
    ))
    + r")\*?(?: le)?\s?:\s?.{3,}",
    re.IGNORECASE,
)  # fmt: skip
_OUR_LINE = re.compile(r"\s*(?:>+\s*)?#{2,}.{0,120}#{2,}\s*")


def split(text: str) -> tuple[str, str]:
    """(what is new, what is quoted below). Nothing is folded when words stand below the quote, or when all would be."""
    lines = text.split("\n")
    for at in range(min(len(lines), LONGEST_LOOK)):
        below = _begins(lines, at)
        if below is None or not _is_tail(lines, below):
            continue
        new = "\n".join(lines[:at]).rstrip()
        return (new, "\n".join(lines[at:]).strip()) if new.strip() else (text.strip(), "")
    return text.strip(), ""


def _begins(lines: list[str], at: int) -> int | None:
    """The line after the words that introduce a quote at `at`; None when none begins here."""
    line = lines[at]
    if not line.strip():
        return None
    if _DIVIDER.fullmatch(line) or _OUR_LINE.fullmatch(line):
        return len(lines)
    if set(line.strip()) == {"_"} and at + 1 < len(lines) and _FROM.fullmatch(lines[at + 1]):
        return len(lines)
    if _FROM.fullmatch(line) and any(_SENT.fullmatch(each) for each in lines[at + 1 : at + 4]):
        return len(lines)
    if line.rstrip().endswith((":", ":")) and _NAMED_FIRST.fullmatch(line.strip()):
        return at + 1
    together = ""
    for length, more in enumerate(lines[at : at + 3], start=1):
        together = f"{together} {more.strip()}".strip()
        if not more.strip() or len(together) > 400:
            break
        if together.endswith((":", ":")) and _WROTE.fullmatch(together):
            return at + length
    return at if line.startswith(">") else None


def _is_tail(lines: list[str], at: int) -> bool:
    """Whether nothing but the quote follows. Unmarked quotes reach to the end; marked ones may be answered below."""
    rest = [line for line in lines[at:] if line.strip()]
    if not rest or not rest[0].lstrip().startswith((">", "|")):
        return True
    below = [line for line in rest if not line.lstrip().startswith((">", "|"))]
    return not below or below[0].strip() in ("--", "-- ")
