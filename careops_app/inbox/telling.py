"""How a message is told of wherever it is shown: who speaks, over what, and what it is for."""

from __future__ import annotations

from collections.abc import Mapping

from careops_app.inbox import rules, templates
from careops_app.inbox.models import Author, ChannelKind, Message
from careops_app.inbox.templates import Template

_rule_names: dict[str, str] = {}


def name_rules(names: Mapping[str, str]) -> None:
    """Tell the inbox what automation calls its rules, by key."""
    _rule_names.update(names)


def rule_name(rule: str | None) -> str:
    """What automation calls a rule."""
    return _rule_names.get(rule or "", rule or "")


def author_name(message: Message) -> str:
    """“Priya Raman”, “Amelia Hart” or “automation: Welcome”."""
    return rules.speaks_for(Author(message.author), message.author_name, rule_name(message.rule))


def channel_of(message: Message) -> ChannelKind | None:
    """Over what it goes or came; None for a note."""
    return ChannelKind(message.channel) if message.channel else None


def what_of(message: Message) -> str:
    """What its template is for, such as “Booking reminder”; empty for what a person wrote."""
    return templates.TITLES[Template(message.template)] if message.template else ""
