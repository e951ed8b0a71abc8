"""HTML of mails: cleaned for showing, and as plain text. Everything here reads its input once, whatever it holds.

nh3 takes time that grows with the square of the depth (40 s for 500 kB of open tags), so depth is counted before.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator

import nh3

LONGEST = 256 * 1024
DEEPEST = 200
MOST_TAGS = 20_000
_UNSEEN = ("script", "style", "head", "title", "template", "noscript", "textarea", "svg", "math", "iframe", "object")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr !doctype ?xml".split())
_CLOSED_BY_THE_NEXT = frozenset("p li td th tr dt dd option rt rp tbody thead tfoot".split())
_BLOCKS = frozenset(
    "p div br hr li tr h1 h2 h3 h4 h5 h6 table ul ol blockquote pre section article header footer".split()
)
_NAME = re.compile(r"[a-zA-Z!?][^\s/>]{0,40}")
ALLOWED = frozenset(
    "a abbr b blockquote br caption center code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i ins kbd li ol p"
    " pre q s small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"}, "td": {"colspan", "rowspan", "align"}, "th": {"colspan", "rowspan", "align"},
    "ol": {"start"}, "p": {"align", "dir"}, "div": {"align", "dir"}, "table": {"align"}, "span": {"dir"},
}  # fmt: skip


def why_not(source: str) -> str:
    """Why this is not shown as it was formatted; empty when it may be."""
    if len(source) > LONGEST:
        return "The formatting is larger than 256 kB."
    open_tags: Counter[str] = Counter()
    depth = seen = 0
    for _, tag, closes in pieces(source):
        if not tag or tag in _VOID or tag in _CLOSED_BY_THE_NEXT:
            continue
        seen += 1
        if closes and open_tags[tag]:
            open_tags[tag] -= 1
            depth -= 1
        elif not closes:
            open_tags[tag] += 1
            depth += 1
        if depth > DEEPEST or seen > MOST_TAGS:
            return "The formatting is nested too deeply."
    return ""


def cleaned(source: str) -> str:
    """What may be shown: words, tables and links; no script, no style, nothing that is fetched from elsewhere."""
    return nh3.clean(
        source, tags=set(ALLOWED), clean_content_tags=set(_UNSEEN) - {"head"}, attributes=_ATTRIBUTES, strip_comments=True,
        url_schemes={"http", "https", "mailto", "tel"}, link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )  # fmt: skip


def as_text(source: str) -> str:
    """The words, with a line for each block."""
    parts: list[str] = []
    quotes = 0
    for words, tag, closes in pieces(source[:LONGEST]):
        if words:
            parts.append(_spaced(html.unescape(words)))
        if tag == "blockquote":
            quotes = max(0, quotes + (-1 if closes else 1))
        if tag in _BLOCKS:
            parts.append("\n\n" if tag == "p" and closes else "\n" + "> " * min(quotes, 3))
        elif tag in ("td", "th") and closes:
            parts.append(" ")
    lines = "".join(parts).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()


def _spaced(words: str) -> str:
    return re.sub(r"[ \t\r\n\f]+", " ", words)


def pieces(source: str) -> Iterator[tuple[str, str, bool]]:
    """(words, tag, whether it closes), in order; what nobody sees is left out. An unfinished tag ends the text."""
    at, lower = 0, source.lower()
    while at < len(source):
        begins = source.find("<", at)
        if begins < 0:
            yield source[at:], "", False
            return
        if begins > at:
            yield source[at:begins], "", False
        at = _after_comment(source, begins)
        if at > begins:
            continue
        ends = source.find(">", begins)
        if ends < 0:
            return
        closes = source.startswith("/", begins + 1)
        name = _NAME.match(source, begins + 1 + closes)
        if name is None:
            yield "<", "", False
            at = begins + 1
            continue
        tag = name[0].lower()
        yield "", tag, closes
        at = ends + 1
        if tag in _UNSEEN and not closes and source[ends - 1] != "/":
            at = lower.find(f"</{tag}", at)
            if at < 0:
                return


def _after_comment(source: str, begins: int) -> int:
    if not source.startswith("<!--", begins):
        return begins
    ends = source.find("-->", begins + 4)
    return len(source) if ends < 0 else ends + 3
