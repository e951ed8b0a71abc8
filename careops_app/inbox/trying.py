"""Trying channels: the owner's test, the operator's look at all of them, and their credentials under a new key."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from careops_app.contacts.rules import normalised_phone
from careops_app.errors import DeliveryFailed, NotFound, Refused
from careops_app.inbox import outage, rules
from careops_app.inbox.channels import Outgoing, Receipt, readable_of
from careops_app.inbox.delivery import open_channel
from careops_app.inbox.models import ChannelAccount, ChannelKind
from careops_app.inbox.sending import new_message_id
from careops_app.inbox.setup import record_check
from careops_app.infra import security
from careops_app.infra.db import SYSTEM, fetch, load, transact
from careops_app.workspace.access import Actor, Permission, require
from careops_app.workspace.models import Workspace
from careops_app.workspace.rules import email_of


@dataclass(frozen=True)
class Checked:
    """What the live test of a channel said: the provider's exact words, and what to do about it."""

    works: bool
    words: str
    code: str = ""
    hint: str = ""


async def check_channel(actor: Actor, kind: ChannelKind) -> Checked:
    """Try the settings of a channel for real, without sending anything, and write down the result.

    Raises Forbidden, NotFound when nothing is connected.
    """
    require(actor, Permission.CONFIGURE)
    account = await fetch(_account, actor, kind)
    sending, words = await _tried(_check(account))
    reading, more = await _tried(_check_mailbox(account))
    await transact(record_check, actor, kind, sending, reading)
    if (failure := sending or reading) is not None:
        return Checked(False, str(failure), failure.code, failure.hint)
    return Checked(True, f"{words} {more}".strip())


async def _tried(look: Awaitable[Receipt]) -> tuple[DeliveryFailed | None, str]:
    try:
        return None, (await look).detail
    except DeliveryFailed as problem:
        return problem, ""


async def _check(account: ChannelAccount) -> Receipt:
    channel = open_channel(ChannelKind(account.kind), account.provider, account.sealed)
    try:
        return await channel.check()
    finally:
        await channel.close()


async def _check_mailbox(account: ChannelAccount) -> Receipt:
    """Whether mail that comes in can be read, where the account names a mailbox."""
    try:
        settings = security.unseal(account.sealed) if account.sealed else {}
    except ValueError as error:
        raise DeliveryFailed(str(error), permanent=True, channel_down=True) from error
    mailbox = readable_of(ChannelKind(account.kind), account.provider, settings)
    return await mailbox.check() if mailbox is not None else Receipt("")


async def send_test_text(actor: Actor, number: str) -> Checked:
    """Send one text to the owner's own number, for real, and say what the provider said.

    Raises Forbidden, NotFound when nothing is connected, Invalid(phone).
    """
    return await send_test(actor, ChannelKind.SMS, number)


async def send_test(actor: Actor, kind: ChannelKind, to: str) -> Checked:
    """Send one test message to an address of one's own, for real, also while a restore holds all others back.

    Raises Forbidden, NotFound when nothing is connected, Invalid(phone | email).
    """
    require(actor, Permission.CONFIGURE)
    account = await fetch(_account, actor, kind)
    workspace = await fetch(_workspace, actor)
    is_text = kind == ChannelKind.SMS
    recipient = normalised_phone(to, workspace.phone_region) if is_text else email_of(to)
    words = f"{workspace.name}: this is a test from CareOps. {'Text messages work.' if is_text else 'E-mail works.'}"
    outgoing = Outgoing(
        account.sender, account.sender_name, recipient, "" if is_text else "A test from CareOps", words,
        "" if is_text else new_message_id({kind: account}), purpose="test",
    )  # fmt: skip
    try:
        channel = open_channel(kind, account.provider, account.sealed)
        try:
            receipt = await channel.send(outgoing)
        finally:
            await channel.close()
    except DeliveryFailed as problem:
        return Checked(False, str(problem), problem.code, problem.hint)
    what = "text" if is_text else "mail"
    return Checked(True, f"A {what} to {recipient} was taken. {receipt.detail}".strip())


async def try_everywhere() -> list[tuple[str, ChannelKind, Checked]]:
    """Try every connected channel of every business, sending and writing nothing: whose, which, what it said."""
    found: list[tuple[str, ChannelKind, Checked]] = []
    for slug, account in await fetch(_connected, SYSTEM):
        failure, words = await _tried(_check(account))
        reading, more = await _tried(_check_mailbox(account))
        problem = failure or reading
        said = Checked(False, str(problem), problem.code, problem.hint) if problem else Checked(True, f"{words} {more}")
        found.append((slug, ChannelKind(account.kind), said))
    return found


def _connected(session: Session) -> list[tuple[str, ChannelAccount]]:
    rows = session.exec(
        select(Workspace.slug, ChannelAccount)
        .join(ChannelAccount, col(ChannelAccount.workspace_id) == Workspace.id)
        .where(ChannelAccount.provider != rules.CAPTURED)
        .order_by(col(Workspace.id), col(ChannelAccount.kind))
    ).all()
    return [(slug, account) for slug, account in rows]


def reseal(session: Session, *old_keys: str) -> int:
    """Encrypt every stored credential under the first key of this installation (SYSTEM scope); returns how many.

    `old_keys` are tried beside the installation's own. Raises Refused, naming nothing secret, when one fits none of them.
    """
    accounts = session.exec(select(ChannelAccount).where(ChannelAccount.sealed != "").with_for_update()).all()
    for account in accounts:
        try:
            account.sealed = security.reseal(account.sealed, *old_keys)
        except ValueError as problem:
            raise Refused(
                f"The credentials of channel {account.id} were sealed with none of these keys; nothing was changed."
            ) from problem
        session.add(account)
    return len(accounts)


def _workspace(session: Session, actor: Actor) -> Workspace:
    return load(session, Workspace, actor.workspace_id)


def _account(session: Session, actor: Actor, kind: ChannelKind) -> ChannelAccount:
    account = outage.account_of(session, kind)
    if account is None:
        raise NotFound("The channel")
    return account
