"""The schema keeps its promises for every table, those of tomorrow included."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from careops_app import tables
from careops_app.events import EVENTS
from careops_app.infra.db import SYSTEM, Tenant, engine, fetch_now
from careops_app.workspace.sight import NARROWED, OPEN

GLOBAL = {
    "workspace",
    "user_account",
    "credential",
    "sign_in_session",
    "password_reset",
    "throttle_window",
    "worker_beat",
    "installation",
    "alembic_version",
}


def _rows(statement: str) -> list:
    with engine().connect() as connection:
        return list(connection.execute(text(statement)))


@pytest.mark.usefixtures("database")
class TestTenancy:
    def test_every_business_table_names_its_workspace(self) -> None:
        names = {table.name for table in tables.metadata.sorted_tables} - GLOBAL
        without = {name for name in names if "workspace_id" not in tables.metadata.tables[name].columns}
        assert names and without == set()

    def test_row_level_security_is_forced_on_every_table(self) -> None:
        rows = _rows(
            "select relname, relrowsecurity and relforcerowsecurity from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'alembic_version'"
        )
        assert len(rows) >= len(tables.metadata.tables)
        assert [name for name, forced in rows if not forced] == []

    def test_every_business_table_has_a_policy_of_its_workspace(self) -> None:
        policies = {name for (name,) in _rows("select tablename from pg_policies where policyname = 'of_workspace'")}
        assert {table.name for table in tables.metadata.sorted_tables} - (GLOBAL - {"workspace"}) <= policies

    def test_every_business_table_is_narrowed_or_known_to_hold_no_customer(self) -> None:
        names = {table.name for table in tables.metadata.sorted_tables} - (GLOBAL - {"workspace"})
        assert NARROWED.keys() | OPEN.keys() == names
        assert not NARROWED.keys() & OPEN.keys()
        rows = _rows("select tablename from pg_policies where policyname = 'of_member' and permissive = 'RESTRICTIVE'")
        assert {name for (name,) in rows} == NARROWED.keys()

    def test_the_roles_neither_own_tables_nor_bypass_security(self) -> None:
        rows = _rows(
            "select rolname, rolsuper or rolbypassrls or rolcanlogin from pg_roles where rolname like 'careops\\_%'"
        )
        assert {name for name, _ in rows} >= {"careops_app", "careops_system", "careops_narrow"}
        assert [name for name, strong in rows if strong] == []
        assert _rows("select tablename from pg_tables where tableowner like 'careops\\_%'") == []

    def test_references_between_business_tables_carry_the_workspace(self) -> None:
        loose = [
            f"{table.name}.{key.column_keys}"
            for table in tables.metadata.sorted_tables
            for key in table.foreign_key_constraints
            if "workspace_id" in table.columns and key.referred_table.name not in GLOBAL
            if "workspace_id" not in key.column_keys
        ]
        assert loose == []

    def test_without_a_workspace_nothing_is_seen(self) -> None:
        with engine().connect() as connection:
            connection.execute(
                text("select set_config('role', 'careops_app', true), set_config('careops.workspace_id', '', true)")
            )
            for table in tables.metadata.sorted_tables:
                if issubclass(_model(table.name), Tenant):
                    assert connection.execute(text(f"select count(*) from {table.name}")).scalar() == 0


def _model(table: str) -> type:
    from sqlmodel import SQLModel

    return next(mapper.class_ for mapper in SQLModel._sa_registry.mappers if mapper.local_table.name == table)


def test_every_event_has_a_rule_or_is_listed_as_silent() -> None:
    from careops_app.automation.rules import RULES, SILENT

    heard = {event.name for rule in RULES.values() for event in rule.on}
    families = {"booking", "booking_group", "form", "conversation", "waitlist", "waitlist.offer"}
    assert heard & SILENT == set()
    assert set(EVENTS) - families == heard | SILENT


def test_system_sees_every_tenant(database) -> None:
    assert fetch_now(lambda session: session.execute(text("select current_user")).scalar(), SYSTEM) == "careops_system"
