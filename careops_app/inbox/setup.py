"""The owner's commands: connecting channels and changing the wording of automatic messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from careops_app.errors import DeliveryFailed, Invalid, NotFound, Refused
from careops_app.inbox import mailboxes, outage, rules, templates, text_limits, texts
from careops_app.inbox.models import ChannelAccount, ChannelKind, Wording
from careops_app.inbox.templates import Template, Text
from careops_app.infra import clock, security
from careops_app.infra.db import load
from careops_app.infra.settings import settings as installation
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Workspace
from careops_app.workspace.rules import email_of
from careops_app.workspace.service import audit

TWILIO = "twilio"
GMAIL_A_DAY, MOST_A_DAY = 500, 1_000_000
PROVIDERS: dict[ChannelKind, tuple[str, ...]] = {
    ChannelKind.EMAIL: (rules.CAPTURED, "gmail", "smtp"),
    ChannelKind.SMS: (rules.CAPTURED, TWILIO),
}


def ensure_captured(session: Session, workspace_id: int) -> None:
    """Give a workspace the captured channels where it has none: nothing leaves the machine, everything is shown."""
    workspace = load(session, Workspace, workspace_id)
    rows = [
        {
            "workspace_id": workspace_id, "kind": kind, "provider": rules.CAPTURED, "sender": workspace.contact_email,
            "sender_name": workspace.name, "sealed": "", "failures": 0, "created_at": clock.now(),
        }
        for kind in PROVIDERS
    ]  # fmt: skip
    session.execute(insert(ChannelAccount).values(rows).on_conflict_do_nothing())


def connect_channel(
    session: Session, actor: Actor, kind: ChannelKind, provider: str, settings: Mapping[str, Any]
) -> int:
    """Use this provider for a channel from now on; `trying.check_channel` proves that it works. Returns the account.

    For "gmail": username, password. For "smtp": host, port, security, username, password, and imap_host, imap_port,
    authserv where mail is read too. Both: sender, sender_name.
    For "twilio": account_sid, auth_token, from, and key_sid with key_secret where an API key is used.
    An empty password keeps the stored one while server and user stay the same. With nothing given, Gmail uses GMAIL and
    APP_PASSWORD of the installation. Raises Forbidden, Invalid per field, Refused for a provider that does not exist.
    """
    require(actor, Permission.CONFIGURE)
    kind = ChannelKind(kind)
    if provider not in PROVIDERS.get(kind, ()):
        raise Refused(f"There is no provider “{provider}” for this channel.")
    workspace = load(session, Workspace, actor.workspace_id)
    account = outage.account_of(session, kind, lock=True) or ChannelAccount(
        workspace_id=workspace.id, kind=kind, provider=provider, sender="", created_at=clock.now()
    )
    kept = _kept_settings(session, account, workspace, provider, settings)
    account.sender = _sender(workspace, kept, settings)
    account.sender_name = rules.one_line(str(settings.get("sender_name") or workspace.name), 78)
    account.daily_cap = _daily_cap(provider, settings)
    account.provider, account.sealed, account.tested_at = provider, security.seal(kept) if kept else "", None
    session.add(account)
    session.flush()
    outage.try_again(session, account)
    if kind == ChannelKind.EMAIL:
        mailboxes.follow(session, account, kept)
    audit(session, actor, f"connected {kind} through {provider}", account.sender)
    return account.id


def _daily_cap(provider: str, given: Mapping[str, Any]) -> int | None:
    """How many mails the provider takes within 24 hours, as the owner says; Gmail's own limit when they say nothing."""
    said = str(given.get("daily_cap") or "").strip()
    if said and not (said.isdecimal() and 0 < int(said) <= MOST_A_DAY):
        raise Invalid(
            daily_cap=f"Enter how many mails a day your provider takes, at most {MOST_A_DAY:,}, or leave it empty."
        )
    if said:
        return int(said)
    return GMAIL_A_DAY if provider == "gmail" else None


def _kept_settings(
    session: Session, account: ChannelAccount, workspace: Workspace, provider: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    if provider == rules.CAPTURED:
        return {}
    if provider == TWILIO:
        token = text_limits.setting_of(session, workspace.id).hook_token
        return texts.twilio_settings(_with_stored_secrets(account, given)) | {"hook_token": token}
    if provider == "gmail":
        return rules.gmail_settings(
            _with_stored_password(account, _or_environment(workspace, given), rules.GMAIL["host"])
        )
    return rules.smtp_settings(_with_stored_password(account, given, str(given.get("host", "")).strip().lower()))


def _or_environment(workspace: Workspace, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """GMAIL and APP_PASSWORD when the owner left both fields empty; never for the demo business."""
    blank = not given.get("username") and not given.get("password")
    if not blank or workspace.is_demo or not installation().gmail:
        return given
    return {**given, "username": installation().gmail, "password": installation().app_password or ""}


def _with_stored_password(account: ChannelAccount, given: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """A form does not show the password; leaving it empty keeps it, but only for the server and user it belongs to."""
    if given.get("password") or not account.sealed:
        return given
    try:
        stored = security.unseal(account.sealed)
    except ValueError:
        return given
    same = stored.get("host") == host and stored.get("username") == str(given.get("username", "")).strip()
    return {**given, "password": stored.get("password", "")} if same else given


def _with_stored_secrets(account: ChannelAccount, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """An empty secret keeps the stored one, but only for the account or key it belongs to."""
    try:
        stored = security.unseal(account.sealed) if account.sealed else {}
    except ValueError:
        return given
    kept = dict(given)
    for owner, secret in (("account_sid", "auth_token"), ("key_sid", "key_secret")):
        same = stored.get(owner) and stored.get(owner) == str(given.get(owner, "")).strip()
        if same and not given.get(secret):
            kept[secret] = stored.get(secret, "")
    return kept


def _sender(workspace: Workspace, kept: dict[str, Any], given: Mapping[str, Any]) -> str:
    if not kept:
        return workspace.contact_email
    if "from" in kept:
        return kept["from"]
    sender = str(given.get("sender") or "").strip()
    if not sender and "@" not in kept["username"]:
        raise Invalid(sender="Enter the address your messages come from.")
    return email_of(sender or kept["username"], "sender")


def disconnect_channel(session: Session, actor: Actor, kind: ChannelKind) -> None:
    """Stop using a provider: e-mail goes back to the captured channel, text messages are switched off.

    Raises Forbidden, NotFound.
    """
    require(actor, Permission.CONFIGURE)
    account = outage.account_of(session, ChannelKind(kind), lock=True)
    if account is None:
        raise NotFound("The channel")
    if account.kind == ChannelKind.EMAIL:
        connect_channel(session, actor, ChannelKind.EMAIL, rules.CAPTURED, {})
        return
    session.delete(account)
    audit(session, actor, f"disconnected {kind}", account.sender)


def record_check(
    session: Session, actor: Actor, kind: ChannelKind, failure: DeliveryFailed | None,
    mailbox: DeliveryFailed | None = None,
) -> None:  # fmt: skip
    """Write down what the live test of a channel said, and that of its mailbox. Raises NotFound."""
    require(actor, Permission.CONFIGURE)
    account = outage.account_of(session, kind, lock=True)
    if account is None:
        raise NotFound("The channel")
    account.tested_at = clock.now()
    session.add(account)
    mailboxes.record_look(session, account.id, mailbox)
    if failure is None:
        outage.works(session, account)
    else:
        outage.fails(session, account, failure)


def wording_of(session: Session, template: Template | str) -> Text:
    """The workspace's own text for a template, or the default."""
    own = session.exec(select(Wording).where(Wording.template == Template(template))).first()
    return Text(own.subject, own.body) if own else templates.DEFAULTS[Template(template)]


def reword(session: Session, actor: Actor, template: Template | str, subject: str, body: str) -> None:
    """Use this workspace's own text for a template from the next message on.

    Raises Forbidden, NotFound, Invalid(subject | body): unknown placeholders are refused here, not while sending.
    """
    require(actor, Permission.CONFIGURE)
    known = _template(template)
    text = templates.checked(known, Text(subject, body))
    values = {"subject": text.subject, "body": text.body}
    session.execute(
        insert(Wording)
        .values(workspace_id=actor.workspace_id, template=known, **values)
        .on_conflict_do_update(index_elements=["workspace_id", "template"], set_=values)
    )
    audit(session, actor, "changed the wording", templates.TITLES[known])


def restore_wording(session: Session, actor: Actor, template: Template | str) -> None:
    """Go back to the default text. Raises Forbidden, NotFound."""
    require(actor, Permission.CONFIGURE)
    known = _template(template)
    session.execute(delete(Wording).where(col(Wording.template) == known))
    audit(session, actor, "restored the default wording", templates.TITLES[known])


def _template(name: Template | str) -> Template:
    try:
        return Template(name)
    except ValueError:
        raise NotFound("The template") from None
