"""The fixtures of journeys: each begins in the demo's clinic on its first day, and time stands still until it is moved.

The clinic is opened once per process, by commands; each journey gets the rows of that moment back.
"""

import copy
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from careops_app.infra import clock as time_source
from tests import cast
from tests.cast import Business, Visitor
from tests.conftest import EMPTY_USED_TABLES, MONDAY, HandClock

KEEP = """
    do $$
    declare name text;
    begin
      drop schema if exists kept cascade;
      create schema kept;
      for name in select tablename from pg_tables where schemaname = 'public'
                  and tablename not in ('alembic_version', 'installation') loop
        execute format('create table kept.%I as table public.%I', name, name);
      end loop;
    end $$
"""
GIVE_BACK = """
    do $$
    declare name text; used boolean; names text; counter record;
    begin
      set local session_replication_role = replica;
      for name in select tablename from pg_tables where schemaname = 'kept' loop
        execute format('select exists (select from kept.%I)', name) into used;
        continue when not used;
        select string_agg(quote_ident(attname), ', ') into names from pg_attribute
        where attrelid = format('public.%I', name)::regclass and attnum > 0 and not attisdropped and attgenerated = '';
        execute format('insert into public.%I (%s) overriding system value select %s from kept.%I', name, names, names, name);
        for counter in
          select column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) as numbers
          from information_schema.columns
          where table_schema = 'public' and table_name = name and (is_identity = 'YES' or column_default is not null)
        loop
          continue when counter.numbers is null;
          execute format('select setval(%L, max(%I)) from public.%I', counter.numbers, counter.column_name, name);
        end loop;
      end loop;
    end $$
"""
Connection = psycopg.Connection[Any]


@pytest.fixture(scope="session")
def opened(worker_database: str, _owner_connection: Connection) -> Iterator[Business]:
    _owner_connection.execute(EMPTY_USED_TABLES)
    with time_source.at(MONDAY):
        business = cast.clinic()
    _owner_connection.execute(KEEP)
    yield business
    _owner_connection.execute("drop schema if exists kept cascade")


@pytest.fixture
def clinic(opened: Business, database: str, _owner_connection: Connection, clock: HandClock) -> Business:
    _owner_connection.execute(GIVE_BACK)
    return copy.deepcopy(opened)


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()
