"""Row level security in words of SQL, for migrations: who may see and change which rows of a table.

careops_app    works inside one workspace (`careops.workspace_id`); every tenant table is FORCEd through a policy
careops_system sees all tenants; sign-in, look-ups by address or link and the worker's claims run as it
Neither owns a table, so neither can switch a policy off.
"""

from __future__ import annotations

TENANT_ROLE = "careops_app"
SYSTEM_ROLE = "careops_system"
CURRENT = "nullif(current_setting('careops.workspace_id', true), '')::bigint"


def roles() -> list[str]:
    """Create the two roles where they are missing and let the owner of the tables act as them."""
    return [
        f"""do $$ begin
            if not exists (select from pg_roles where rolname = '{role}') then create role {role} nologin; end if;
        exception when duplicate_object or unique_violation then null; end $$"""
        for role in (TENANT_ROLE, SYSTEM_ROLE)
    ] + [
        f"do $$ begin execute format('grant {TENANT_ROLE}, {SYSTEM_ROLE} to %I', current_user); "
        "exception when others then if not pg_has_role(current_user, 'careops_app', 'member') then raise; end if; end $$",
        f"do $$ begin execute format('grant usage on schema %I to {TENANT_ROLE}, {SYSTEM_ROLE}', current_schema()); end $$",
    ]


def protect(table: str, *, key: str = "workspace_id", may: str = "select, insert, update, delete") -> list[str]:
    """Statements that close a table to everybody but the rows of the current workspace."""
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy of_workspace on {table} to {TENANT_ROLE} using ({key} = {CURRENT}) with check ({key} = {CURRENT})",
        f"create policy of_system on {table} to {SYSTEM_ROLE} using (true) with check (true)",
        f"grant {may} on {table} to {TENANT_ROLE}",
        f"grant {may} on {table} to {SYSTEM_ROLE}",
    ]


def system_only(table: str) -> list[str]:
    """Statements that close a table to tenants altogether."""
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy of_system on {table} to {SYSTEM_ROLE} using (true) with check (true)",
        f"grant select, insert, update, delete on {table} to {SYSTEM_ROLE}",
    ]


def shared_people() -> list[str]:
    """People sign in once for all workspaces; a workspace sees those who are its members."""
    return [
        "alter table user_account enable row level security",
        "alter table user_account force row level security",
        "create policy of_members on user_account for select to careops_app using (id in (select user_id from member))",
        f"create policy of_system on user_account to {SYSTEM_ROLE} using (true) with check (true)",
        f"grant select on user_account to {TENANT_ROLE}",
        f"grant select, insert, update, delete on user_account to {SYSTEM_ROLE}",
    ]


def sequences() -> list[str]:
    """Let both roles draw ids."""
    return [f"grant usage on all sequences in schema public to {TENANT_ROLE}, {SYSTEM_ROLE}"]
