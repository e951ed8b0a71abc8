"""Connecting a channel: the Gmail account of the installation under the names the environment has always had."""

from typing import Any

import pytest
from sqlmodel import Session, select

from careops_app.errors import Invalid
from careops_app.inbox import channel_queries
from careops_app.inbox import service as inbox
from careops_app.inbox.models import ChannelAccount, ChannelKind
from careops_app.infra import db, security
from careops_app.infra.settings import reset_settings
from careops_app.workspace.models import Workspace
from tests.inbox.desk import Business


@pytest.fixture
def gmail(monkeypatch: pytest.MonkeyPatch):
    """An installation with GMAIL and APP_PASSWORD, as its Settings show it in four groups."""
    monkeypatch.setenv("GMAIL", "studio@gmail.com")
    monkeypatch.setenv("APP_PASSWORD", "abcd efgh ijkl mnop")
    reset_settings()
    yield
    monkeypatch.undo()
    reset_settings()


def connect(business: Business) -> None:
    db.transact_now(inbox.connect_channel, business.actor, ChannelKind.EMAIL, "gmail", {})


def kept(business: Business) -> dict[str, Any]:
    def read(session: Session, _: Any) -> str:
        return session.exec(select(ChannelAccount.sealed).where(ChannelAccount.kind == ChannelKind.EMAIL)).one()

    return security.unseal(db.fetch_now(read, business.actor))


@pytest.mark.usefixtures("gmail")
def test_with_nothing_typed_gmail_is_the_account_of_the_installation(harbour: Business) -> None:
    assert channel_queries.offers_environment_gmail()
    connect(harbour)
    account = kept(harbour)
    assert (account["username"], account["password"]) == ("studio@gmail.com", "abcdefghijklmnop")
    assert account["host"] == "smtp.gmail.com"


@pytest.mark.usefixtures("gmail")
def test_the_demo_business_never_gets_it(harbour: Business) -> None:
    def make_demo(session: Session, _: Any) -> None:
        db.load(session, Workspace, harbour.workspace_id).is_demo = True

    db.transact_now(make_demo, harbour.workspace_id)
    with pytest.raises(Invalid):
        connect(harbour)


def test_without_it_both_have_to_be_typed(harbour: Business) -> None:
    assert not channel_queries.offers_environment_gmail()
    with pytest.raises(Invalid):
        connect(harbour)
