"""Every command, run for real in a process of its own."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from careops_app import cli
from careops_app.automation.models import AutomationRun, RunState
from careops_app.forms import building
from careops_app.inbox import service as messages
from careops_app.inbox.models import ChannelAccount, ChannelKind, Message, MessageState
from careops_app.inbox.service import InquiryForm
from careops_app.infra import db, files, security
from careops_app.infra.settings import reset_settings, settings
from careops_app.worker import run
from careops_app.workspace import queries, sign_in
from careops_app.workspace.access import Role
from tests.cli.conftest import Careops, line_of
from tests.inbox.desk import a_business
from tests.integrations.mail_server import PASSWORD, USER, serving

GROUPS = {
    "db": ["upgrade", "current"], "user": ["create", "reset-password"], "workspace": ["list", "create"],
    "api-key": ["create"], "mail": ["test"], "sms": ["test"], "jobs": ["list", "retry"], "keys": ["rotate"],
}  # fmt: skip
ALONE = [
    "run", "worker", "build", "demo", "doctor", "version", "migrate", "backup", "restore", "release", "export",
]  # fmt: skip


def test_help_names_every_command(careops: Careops) -> None:
    said = careops("--help")
    assert said.returncode == 0 and "Exit codes" in said.stdout
    assert set(re.findall(r"^  ([a-z-]+) ", said.stdout, re.M)) >= {*ALONE, *GROUPS}
    groups = {group.name: {command.name for command in group.typer_instance.registered_commands}
              for group in cli.commands.registered_groups}  # fmt: skip
    assert groups == {group: set(names) for group, names in GROUPS.items()}
    assert "Example: careops api-key create" in careops("api-key", "create", "--help").stdout


def test_db_upgrade_and_current(careops: Careops) -> None:
    assert careops("db", "upgrade").stdout == careops("migrate").stdout == "The database is up to date.\n"
    current = careops("db", "current")
    assert current.returncode == 0
    here, newest = re.fullmatch(r"(\d{4}), newest is (\d{4})\n", current.stdout).groups()  # type: ignore[union-attr]
    assert here == newest


def test_a_business_and_its_people(careops: Careops) -> None:
    made = careops("workspace", "create", "Harbour Clinic", "olivia@example.com", "--time-zone", "Europe/London")
    assert made.returncode == 0, made
    slug, link = made.stdout.splitlines()
    assert slug == "harbour-clinic"
    token = link.removeprefix(f"{settings().public_url}/reset/")
    assert db.fetch_now(queries.reset_is_open, db.SYSTEM, token)
    assert (
        "harbour-clinic\tHarbour Clinic\tEurope/London\t1 people\tnot open yet" in careops("workspace", "list").stdout
    )

    added = careops("user", "create", "sam@example.com", slug, "--name", "Sam Staff", "--permission", "inbox")
    assert added.returncode == 0 and "/reset/" in added.stdout, added
    owner, sam = db.fetch_now(queries.members, db.fetch_now(queries.by_slug, db.SYSTEM, slug).id)
    assert (owner.role, sam.name, sam.role, sam.permissions) == (Role.OWNER, "Sam Staff", Role.STAFF, ("inbox",))
    assert "already belongs" in line_of(careops("user", "create", "sam@example.com", slug))
    assert "choose from" in careops("user", "create", "x@example.com", slug, "--permission", "all").stderr

    second = careops("workspace", "create", "Second", "olivia@example.com", "--time-zone", "Europe/London")
    assert second.stdout == "second\n"  # she is known already: no link
    assert (
        "time zone" in line_of(careops("workspace", "create", "T", "a@example.com", "--time-zone", "Mars/Base")).lower()
    )
    assert "/reset/" in careops("user", "reset-password", "sam@example.com").stdout
    key = careops("api-key", "create", slug, "--name", "website").stdout.strip()
    assert db.fetch_now(queries.actor_for_api_key, db.SYSTEM, key) is not None


def test_somebody_enrolled_signs_in_with_the_password_they_set(careops: Careops) -> None:
    careops("workspace", "create", "Harbour Clinic", "olivia@example.com", "--time-zone", "Europe/London")
    link = careops("user", "create", "sam@example.com", "harbour-clinic").stdout.strip()
    token = link.rpartition("/")[2]
    db.transact_now(sign_in.set_new_password, db.SYSTEM, token, "a long enough pass phrase")
    assert db.transact_now(sign_in.sign_in, db.SYSTEM, "sam@example.com", "a long enough pass phrase")


def test_an_unknown_business_is_one_line(careops: Careops) -> None:
    for words in (["api-key", "create", "nowhere"], ["export", "nowhere", "x.zip"]):
        assert "not" in line_of(careops(*words)).lower()


def test_a_test_mail_goes_through_the_real_channel(careops: Careops, tmp_path: Path) -> None:
    business = a_business()
    captured = careops("mail", "test", "harbour-clinic", "me@example.com")
    assert captured.returncode == 0, captured
    settings_of = {"host": "127.0.0.1", "port": 1, "security": "none", "username": USER, "password": PASSWORD}
    db.transact_now(
        messages.connect_channel, business.actor, ChannelKind.EMAIL, "smtp", settings_of | {"security": "starttls"}
    )
    with serving(tmp_path) as server:
        settings_of |= {"host": server.host, "port": server.port, "security": "starttls"}
        db.transact_now(messages.connect_channel, business.actor, ChannelKind.EMAIL, "smtp", settings_of)
        refused = careops("mail", "test", "harbour-clinic", "me@example.com")
        assert "certificate" in line_of(refused).lower()  # the test's server is nobody's to trust
        trusted = careops(
            "mail", "test", "harbour-clinic", "me@example.com", SSL_CERT_FILE=str(tmp_path / "server.crt")
        )
        assert trusted.returncode == 0 and "was taken" in trusted.stdout, trusted
    assert [envelope.rcpt_tos for envelope in server.mailbox.taken] == [["me@example.com"]]
    assert "phone" in line_of(careops("sms", "test", "harbour-clinic", "12")).lower()
    assert careops("sms", "test", "harbour-clinic", "+441314960142").returncode == 0


def test_what_has_failed_is_listed_and_tried_again(careops: Careops) -> None:
    business = a_business()
    waiting = business.automated("one")
    failed = business.automated("two")
    _set(business.workspace_id, failed, state=MessageState.FAILED, due_at=None, reason="refused")
    doubtful = business.automated("three")
    _set(business.workspace_id, doubtful, state=MessageState.SENDING)
    _set(business.workspace_id, doubtful, state=MessageState.UNCERTAIN, due_at=None)
    listed = careops("jobs", "list", "waiting").stdout
    assert f"message\t{waiting}\tharbour-clinic\tqueued" in listed
    lines = careops("jobs", "list").stdout.splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"message\t{failed}\tharbour-clinic\tfailed")
    assert str(doubtful) in careops("jobs", "list", "uncertain").stdout

    assert careops("jobs", "retry", "--all-failed").stdout == "Tried again: 1 of 1.\n"
    assert business.message(failed).state == MessageState.QUEUED
    assert business.message(doubtful).state == MessageState.UNCERTAIN
    assert careops("jobs", "retry", "message", str(doubtful)).returncode == 0
    assert business.message(doubtful).state == MessageState.QUEUED
    assert "Only a message" in line_of(careops("jobs", "retry", "message", str(doubtful)))
    assert careops("jobs", "retry").returncode == 2


def test_a_rule_that_gave_up_is_tried_again_by_its_event(careops: Careops) -> None:
    business = a_business()
    form = InquiryForm("Bea Newcomer", "bea@example.com", "", "Hello", "key-1")
    db.transact_now(messages.submit_inquiry, business.workspace_id, form)
    run.drain_now()
    given_up = update(AutomationRun).values(state=RunState.FAILED, due_at=None, done=0).where(
        col(AutomationRun.rule) == "welcome"
    ).returning(col(AutomationRun.event_id))  # fmt: skip
    event = db.transact_now(lambda session, _: session.execute(given_up).scalar_one(), business.workspace_id)
    assert f"event\t{event}\tharbour-clinic\tfailed" in careops("jobs", "list").stdout
    assert careops("jobs", "retry", "event", str(event)).stdout == "Tried again: 1 of 1.\n"
    assert "-> welcome" in careops("jobs", "list", "waiting").stdout


def _set(workspace_id: int, message_id: int, **values: object) -> None:
    statement = update(Message).where(col(Message.id) == message_id).values(**values)
    db.transact_now(lambda session, _: session.execute(statement), workspace_id)


def test_keys_are_rotated_and_what_was_sealed_still_opens(careops: Careops, tmp_path: Path) -> None:
    business = a_business()
    settings_of = {"host": "smtp.example.com", "username": USER, "password": "hush-hush-hush"}
    db.transact_now(messages.connect_channel, business.actor, ChannelKind.EMAIL, "smtp", settings_of)
    old, before = settings().encryption_key, _sealed(business.workspace_id)
    try:
        done = careops("keys", "rotate")
        assert done.returncode == 0 and done.stdout.startswith("1 sealed anew"), done
        reset_settings()
        assert settings().encryption_key not in (old, f"{settings().encryption_key},{old}")
        assert _sealed(business.workspace_id) != before
        assert security.unseal(_sealed(business.workspace_id))["password"] == "hush-hush-hush"
        with pytest.raises(ValueError, match="another"):
            security.unseal(before)

        kept, mine = settings().encryption_key, "a key of the operator's own 0123456789"
        assert "names one key" in line_of(careops("keys", "rotate", CAREOPS_ENCRYPTION_KEY=mine))
        wrong = "quite another key of nobody at all 987"
        (tmp_path / "old").write_text(wrong)
        none = careops("keys", "rotate", "--old-key-file", "old", CAREOPS_ENCRYPTION_KEY=mine)
        assert "nothing was changed" in line_of(none)
        (tmp_path / "old").write_text(kept)
        assert careops("keys", "rotate", "--old-key-file", "old", CAREOPS_ENCRYPTION_KEY=mine).returncode == 0
        back = careops("keys", "rotate", CAREOPS_ENCRYPTION_KEY=f"{kept},{mine}")
        assert back.returncode == 0, back
        assert security.unseal(_sealed(business.workspace_id))["password"] == "hush-hush-hush"
    finally:
        (settings().data_dir / "encryption.key").write_text(old)
        reset_settings()


def _sealed(workspace_id: int) -> str:
    wanted = select(ChannelAccount.sealed).where(ChannelAccount.kind == ChannelKind.EMAIL)
    return db.fetch_now(lambda session, _: session.exec(wanted).one(), workspace_id)


def test_an_export_is_one_business_and_names_no_credential(careops: Careops, tmp_path: Path) -> None:
    business, other = a_business(), None
    business.reply('=1+1 said the customer, "and"\nmore')
    form_id = db.transact_now(building.create_form, business.actor, "Intake")
    upload = files.accept("agreement.pdf", b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n")
    db.transact_now(building.add_document, business.actor, form_id, "Agreement", upload)
    other = careops("workspace", "create", "Elsewhere", "eve@example.com", "--time-zone", "Europe/London")
    assert other.returncode == 0
    settings_of = {"host": "smtp.example.com", "username": USER, "password": "hush-hush-hush"}
    db.transact_now(messages.connect_channel, business.actor, ChannelKind.EMAIL, "smtp", settings_of)

    done = careops("export", "harbour-clinic", "harbour.zip")
    assert done.returncode == 0 and done.stdout.startswith("Harbour Clinic: "), done
    with zipfile.ZipFile(tmp_path / "harbour.zip") as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("csv/message.csv").decode())))
        assert [row["body"] for row in rows] == [message.body for message in business.messages()]
        same = json.loads(archive.read("json/message.json"))
        assert [row["body"] for row in same] == [row["body"] for row in rows]
        (workspace,) = json.loads(archive.read("json/workspace.json"))
        assert workspace["slug"] == "harbour-clinic"
        about = json.loads(archive.read("about.json"))
        assert about["files"] == 1 and about["rows"]["stored_file"] == 1
        content = b"".join(archive.read(name) for name in archive.namelist())
        headers = {name for table in archive.namelist() if table.startswith("csv/")
                   for name in archive.read(table).decode().partition("\n")[0].strip().split(",")}  # fmt: skip
    assert b"eve@example.com" not in content and b"Elsewhere" not in content
    assert not {name for name in headers if re.search("sealed|token|nonce|digest|hash|password", name)}
    assert _sealed(business.workspace_id).encode() not in content


def test_doctor_finds_what_is_wrong(careops: Careops) -> None:
    well = careops("doctor", "--no-network")
    assert well.returncode == 0, well
    assert {"settings", "proxy", "disk", "database", "clock", "time zones"} <= set(
        re.findall(r"^ok   ([a-z ]+):", well.stdout, re.M)
    )

    behind = careops("doctor", "--no-network", CAREOPS_PUBLIC_URL="https://careops.example.org")
    assert behind.returncode == 2 and "BAD  proxy: CAREOPS_TRUSTED_PROXY_HOPS" in behind.stdout

    business = a_business()
    settings_of = {"host": "127.0.0.1", "port": 1, "username": USER, "password": PASSWORD}
    db.transact_now(messages.connect_channel, business.actor, ChannelKind.EMAIL, "smtp", settings_of)
    sick = careops("doctor")
    assert sick.returncode == 2 and "BAD  email of harbour-clinic: " in sick.stdout, sick
    gone = careops("doctor", CAREOPS_DATABASE_URL="postgresql://u:hush@127.0.0.1:1/x")
    assert gone.returncode == 2 and "BAD  database: DATABASE_URL: no connection" in gone.stdout
    assert "hush" not in gone.stdout + gone.stderr
