"""Puts the house together before anything happens: reactions, last looks, plans, and the adapters behind the ports.

The only place where a port meets its adapter.
"""

from careops_app.automation import checks, plan, reactions
from careops_app.automation.rules import RULES
from careops_app.inbox import telling
from careops_app.infra import outbox
from careops_app.integrations import captured
from careops_app.integrations.email import filed, mailbox, smtp
from careops_app.integrations.sms import twilio

REGISTERED = (reactions, checks, plan, captured, smtp, filed, mailbox, twilio)  # imported for what they register


def install() -> None:
    """Registers everything; announcing a fact before this is an error in the program. May be called again."""
    telling.name_rules({rule.key: rule.name for rule in RULES.values()})
    outbox.wired()
