"""Row level security in words of SQL, for migrations: who may see and change which rows of a table.

careops_app    works inside one workspace (`careops.workspace_id`); every tenant table is FORCEd through a policy
careops_system sees all tenants; sign-in, look-ups by address or link and the worker's claims run as it
careops_narrow is careops_app, and of the tables in `narrowed` sees only what is one member's own (`careops.member_id`)
None owns a table, so neither can switch a policy off.
"""

from __future__ import annotations

TENANT_ROLE = "careops_app"
SYSTEM_ROLE = "careops_system"
NARROW_ROLE = "careops_narrow"
CURRENT = "nullif(current_setting('careops.workspace_id', true), '')::bigint"
MEMBER = "nullif(current_setting('careops.member_id', true), '')::bigint"


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


def narrow_role() -> list[str]:
    """Create the role of members who see only their own: all that a tenant may, less what `narrow` takes away."""
    return [
        f"""do $$ begin
            if not exists (select from pg_roles where rolname = '{NARROW_ROLE}') then create role {NARROW_ROLE} nologin;
            end if;
        exception when duplicate_object or unique_violation then null; end $$""",
        f"""do $$ begin
            if not pg_has_role('{NARROW_ROLE}', '{TENANT_ROLE}', 'member') then
                grant {TENANT_ROLE} to {NARROW_ROLE};
            end if;
            if not pg_has_role(current_user, '{NARROW_ROLE}', 'member') then
                execute format('grant {NARROW_ROLE} to %I', current_user);
            end if;
        exception when others then
            if not pg_has_role('{NARROW_ROLE}', '{TENANT_ROLE}', 'member')
                or not pg_has_role(current_user, '{NARROW_ROLE}', 'member') then raise; end if;
        end $$""",
    ]


def narrow(table: str, condition: str) -> str:
    """The statement that leaves of a table what is a member's own, for those who see nothing else."""
    return f"create policy of_member on {table} as restrictive to {NARROW_ROLE} using ({condition})"


def widen(table: str) -> str:
    """The statement that takes `narrow` back."""
    return f"drop policy of_member on {table}"
