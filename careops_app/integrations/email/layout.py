"""The HTML part of a mail: the same words as the text part, in one calm column. Inline styles, as mail needs them.

Written as text, every word escaped: building it as elements takes longer than all the rest of a mail.
"""

from __future__ import annotations

import re

from markupsafe import escape

_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_PAGE = "margin:0;padding:24px 12px;background:#f4f5f5"
_CARD = (
    "max-width:560px;margin:0 auto;padding:28px;background:#ffffff;color:#1d2327;border-radius:8px;"
    "font:16px/1.55 -apple-system,&#39;Segoe UI&#39;,Roboto,Helvetica,Arial,sans-serif"
)
_LINK = "color:#0b6478;word-break:break-word"
_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><title>'
)
_BODY = f'</title></head><body style="{_PAGE}"><div style="{_CARD}">'
_END = "</div></body></html>"


def page(subject: str, text: str, sender_name: str) -> str:
    """The whole HTML document for a text whose paragraphs are set apart by empty lines."""
    paragraphs = "".join(_paragraph(each) for each in text.split("\n\n") if each.strip())
    return f"{_HEAD}{escape(subject or sender_name)}{_BODY}{paragraphs}{_END}"


def _paragraph(text: str) -> str:
    lines = "<br>".join(map(_with_links, text.strip("\n").split("\n")))
    return f'<p style="margin:0 0 16px">{lines}</p>'


def _with_links(line: str) -> str:
    """The line with its web addresses clickable."""
    parts: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(line):
        address = escape(match.group(0))
        parts += [escape(line[end : match.start()]), f'<a href="{address}" style="{_LINK}">{address}</a>']
        end = match.end()
    return "".join([*parts, escape(line[end:])])
