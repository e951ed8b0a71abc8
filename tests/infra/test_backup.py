"""The restore drill: what comes back is what there was, and nobody is written to before somebody releases it."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from careops_app.demo import build_demo
from careops_app.errors import Forbidden, Refused
from careops_app.forms import building
from careops_app.inbox import arming
from careops_app.inbox import service as inbox
from careops_app.inbox.channels import carries
from careops_app.inbox.models import ChannelKind, MessageState
from careops_app.infra import db, files
from careops_app.infra.backup import restoring, taking
from careops_app.infra.backup.archive import Manifest
from careops_app.infra.settings import reset_settings, settings
from careops_app.integrations.email import smtp
from careops_app.worker import run
from careops_app.workspace import restored
from careops_app.workspace.access import Role
from tests.conftest import _execute, _name, _plain, _url, using
from tests.inbox import carriers
from tests.inbox.carriers import Carrier
from tests.inbox.desk import Business, a_business

ROOT = Path(__file__).resolve().parents[2]
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
HELD_SINCE = {"restoration"}  # what a restore itself adds


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    found = Carrier()
    carriers.use(found)
    yield found
    carries(ChannelKind.EMAIL, "smtp")(smtp.smtp_channel)


@pytest.fixture
def business(database: str, carrier: Carrier) -> Business:
    """Its messages leave through a carrier; one of them waits. It has an uploaded file."""
    found = a_business()
    connection = {"host": "smtp.example.com", "username": "clinic@example.com", "password": "hush-hush-hush"}
    db.transact_now(inbox.connect_channel, found.actor, ChannelKind.EMAIL, "smtp", connection)
    assert run.drain_now() >= 0
    carrier.sent.clear()
    found.draft("waiting", "booking_confirmation")
    upload = files.accept("agreement.pdf", PDF)
    form_id = db.transact_now(building.create_form, found.actor, "Intake")
    db.transact_now(building.add_document, found.actor, form_id, "Agreement", upload)
    return found


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Another installation: an empty database and data folder, with the same keys."""
    name = _name(f"elsewhere_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    _execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for key in (settings().secret_key and "secret.key", settings().encryption_key and "encryption.key"):
        shutil.copy(settings().data_dir / key, folder / key)
    before = os.environ["CAREOPS_DATA_DIR"]

    @contextmanager
    def there() -> Iterator[str]:
        os.environ["CAREOPS_DATA_DIR"] = str(folder)
        try:
            with using(_url(name)):
                yield _url(name)
        finally:
            os.environ["CAREOPS_DATA_DIR"] = before
            reset_settings()

    yield there
    _execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def restore(source: Path) -> Manifest:
    return restoring.restore(source, lambda connection, of: restored.hold_all(connection, of.taken_at))


def changed(source: Path, target: Path, **changes: Any) -> Path:
    """The backup with another manifest."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                content = json.dumps(json.loads(content) | changes).encode()
            new.writestr(name, content)
    return target


def test_the_drill(business: Business, carrier: Carrier, elsewhere, tmp_path: Path) -> None:
    build_demo()
    taken = taking.take(tmp_path / "careops.zip")
    assert taken.row_count > 500 and len(taken.files) >= 1 and len(taken.tables) > 50
    with elsewhere():
        restore(tmp_path / "careops.zip")
        again = taking.take(tmp_path / "again.zip")
        same = {name: rows for name, rows in again.tables.items() if name not in HELD_SINCE}
        assert same == {name: rows for name, rows in taken.tables.items() if name not in HELD_SINCE}
        assert again.files == taken.files
        assert {name: again.sequences[name] for name in taken.sequences} == taken.sequences

        run.drain_now()
        assert carrier.sent == []
        waiting = [message for message in business.messages() if message.state == MessageState.QUEUED]
        assert len(waiting) == 1

        db.transact_now(restored.release, business.actor)
        run.drain_now()
        assert [message.purpose for message in carrier.sent] == ["booking_confirmation"]
        assert db.fetch_now(restored.standing, business.actor) is None


def test_what_was_claimed_before_the_restore_is_looked_at_again(business: Business, carrier: Carrier) -> None:
    (claim,) = db.transact_now(arming.claim, db.SYSTEM)
    _hold_here()
    assert db.transact_now(arming.arm, business.workspace_id, claim) is None
    assert db.transact_now(arming.claim, db.SYSTEM) == []
    assert carrier.sent == []


def _hold_here() -> None:
    with db.engine().connect() as connection:
        restored.hold_all(connection, business_time())
        connection.commit()


def business_time() -> Any:
    from careops_app.infra import clock

    return clock.now()


def test_only_owners_release(business: Business) -> None:
    _hold_here()
    staff = replace(business.actor, role=Role.STAFF, permissions=frozenset())
    with pytest.raises(Forbidden):
        db.transact_now(restored.release, staff)
    assert len(db.transact_now(restored.release_by_operator, db.SYSTEM, business.workspace_id)) == 1
    with pytest.raises(Refused):
        db.transact_now(restored.release, business.actor)


def test_a_second_restore_is_refused_and_changes_nothing(business: Business, elsewhere, tmp_path: Path) -> None:
    source = tmp_path / "careops.zip"
    taking.take(source)
    with elsewhere():
        restore(source)
        kept = taking.take(tmp_path / "kept.zip")
        with pytest.raises(Refused, match="not empty"):
            restore(source)
        assert taking.take(tmp_path / "after.zip").tables == kept.tables


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"revision": "9999"}, "made by CareOps"),
        ({"format": 2}, "restore it with that version"),
        ({"format": "x"}, "not a whole backup"),
        ({"files": {"1/" + "0" * 32: "0" * 64}}, "not a whole backup"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused_in_one_line(
    changes: dict[str, Any], words: str, database: str, elsewhere, tmp_path: Path
) -> None:
    a_business()
    taking.take(tmp_path / "careops.zip")
    with elsewhere():
        with pytest.raises(Refused, match=words) as problem:
            restore(changed(tmp_path / "careops.zip", tmp_path / "odd.zip", **changes))
        assert "\n" not in str(problem.value)
        assert list(files.store().listed()) == []


def test_an_owner_of_tables_without_further_rights_takes_and_restores(
    business: Business, elsewhere, tmp_path: Path
) -> None:
    """As on a managed server: the tables' owner is no superuser, and row level security is forced on it too."""
    with elsewhere() as url:
        plain, database = make_url(_plain(url)), make_url(url).database
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            connection.execute("drop role if exists owner_without_rights")
            connection.execute("create role owner_without_rights login")
            connection.execute("grant careops_app, careops_system, careops_narrow to owner_without_rights")
            connection.execute(
                sql.SQL("alter database {} owner to owner_without_rights").format(sql.Identifier(database or ""))
            )
    taken = taking.take(tmp_path / "careops.zip")
    with elsewhere(), using(plain.set(username="owner_without_rights").render_as_string(False)):
        restore(tmp_path / "careops.zip")
        again = taking.take(tmp_path / "again.zip")
        assert {**again.tables, "restoration": None} == {**taken.tables, "restoration": None}
        assert db.fetch_now(restored.standing, business.actor) is not None


def test_a_backup_whose_rows_are_not_those_that_were_counted_is_refused(
    database: str, elsewhere, tmp_path: Path
) -> None:
    a_business()
    manifest = taking.take(tmp_path / "careops.zip")
    tables = {name: vars(rows) | {"columns": list(rows.columns)} for name, rows in manifest.tables.items()}
    tables["contact"]["sha256"] = "0" * 64
    with elsewhere() as url:
        with pytest.raises(Refused, match="contact did not come back as it was"):
            restore(changed(tmp_path / "careops.zip", tmp_path / "odd.zip", tables=tables))
        with psycopg.connect(_plain(url)) as connection:
            assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)


def test_half_a_file_is_no_backup(business: Business, elsewhere, tmp_path: Path) -> None:
    taking.take(tmp_path / "careops.zip")
    whole = (tmp_path / "careops.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    with elsewhere(), pytest.raises(Refused, match="not a whole backup"):
        restore(tmp_path / "half.zip")


def test_a_backup_of_older_tables_is_migrated(database: str, elsewhere, tmp_path: Path) -> None:
    with elsewhere() as url:
        db.migrate()
        db.migrate("0008")
        with psycopg.connect(_plain(url)) as connection:
            connection.execute(
                "insert into workspace (slug, name, address, phone, contact_email, time_zone, phone_region, brand_color,"
                " contact_intro, steps_skipped, unanswered_after_minutes, staff_see_all, zone_data_version,"
                " calendar_stamp, is_demo, created_at) values ('old', 'Old', '', '', 'a@example.com', 'Europe/London',"
                " 'GB', '#0b6478', '', '{}', 120, true, '', 0, false, now())"
            )
        assert taking.take(tmp_path / "old.zip").revision == "0008"
    name = _name("older")
    _execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        with elsewhere(), using(_url(name)):
            db.migrate()  # newer tables than the backup's: they are empty, so they are made as they were
            restore(tmp_path / "old.zip")
            head = taking.take(tmp_path / "new.zip")
            assert head.revision != "0008" and head.tables["workspace"].rows == 1
            assert head.tables["restoration"].rows == 1
    finally:
        _execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_no_key_and_no_channel_password_is_in_the_file(business: Business, tmp_path: Path) -> None:
    taking.take(tmp_path / "careops.zip")
    with zipfile.ZipFile(tmp_path / "careops.zip") as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (settings().secret_key, settings().encryption_key, "hush-hush-hush"):
        assert secret.encode() not in content
    assert (tmp_path / "careops.zip").stat().st_mode & 0o077 == 0


def test_the_commands(business: Business, elsewhere, tmp_path: Path) -> None:
    def careops(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "careops_app", *words],
            cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    target = tmp_path / "careops.zip"
    done = careops("backup", str(target))
    assert done.returncode == 0, done
    assert "The keys are not in it" in done.stdout and "encryption.key" in done.stdout
    again = careops("backup", str(target))
    assert again.returncode == 2 and again.stderr == f"careops: {target} exists already; name another file.\n"
    with elsewhere():
        done = careops("restore", str(target))
        assert done.returncode == 0 and "counts and checksums agree" in done.stdout, done
        again = careops("restore", str(target))
        assert again.returncode == 2 and len(again.stderr.splitlines()) == 1, again
        done = careops("release")
        assert done.returncode == 0 and done.stdout.startswith("Released: 1"), done
        assert careops("release").stdout == "Nothing was held.\n"
