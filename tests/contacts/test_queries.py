"""The list, its filters and its counts."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from careops_app.contacts import queries, service
from careops_app.contacts.queries import ContactFilter, ContactPage, StageCount, TagCount
from careops_app.contacts.service import ContactDraft
from careops_app.contacts.stages import Stage
from careops_app.infra import db
from careops_app.workspace.access import Actor
from tests import people

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def owner(database: str, clock) -> Actor:
    """A business with thirty numbered contacts, one a minute, and Zoë Lang."""
    actor = people.owner().actor
    for number in range(30):
        db.transact_now(service.create, actor, ContactDraft(f"Guest {number:02}", (f"guest{number:02}@example.com",)))
        clock.advance(minutes=1)
    zoe = ContactDraft("Zoë Lang", ("zoe.lang@example.org",), ("0131 496 0142",))
    db.transact_now(service.create, actor, zoe)
    return actor


def found(owner: Actor, wanted: ContactFilter = ContactFilter(), page: int = 1) -> ContactPage:  # noqa: B008
    return db.fetch_now(queries.contact_list, owner, wanted, page)


def test_pages_hold_twenty_five_newest_first(owner: Actor):
    first, second, beyond = found(owner), found(owner, page=2), found(owner, page=99)
    assert (first.total, first.pages, len(first.rows), len(second.rows)) == (31, 2, 25, 6)
    assert [row.name for row in first.rows[:2]] == ["Zoë Lang", "Guest 29"]
    assert second.rows[-1].name == "Guest 00" and beyond == second
    assert (first.rows[0].email, first.rows[0].phone) == ("zoe.lang@example.org", "+441314960142")


def test_text_finds_beginnings(owner: Actor):
    totals = {
        "": 31, "guest": 30, "guest 1": 10, "lang": 1, "ZOE": 1, "zoe.lang@": 1, "0131": 1, "uest": 0, "%": 31,
    }  # fmt: skip
    assert {asked: found(owner, ContactFilter(asked)).total for asked in totals} == totals


def test_filters_add_up_and_the_counts_agree_with_the_list(owner: Actor):
    zoe = found(owner, ContactFilter("zoe")).rows[0].id
    db.transact_now(service.move_stage, owner, zoe, Stage.BOOKED)
    db.transact_now(service.add_tag, owner, zoe, "vip")
    assert [row.id for row in found(owner, ContactFilter("la", Stage.BOOKED, "vip")).rows] == [zoe]
    assert found(owner, ContactFilter("guest", Stage.BOOKED)).total == 0
    counts = db.fetch_now(queries.stage_counts, owner)
    assert counts == tuple(StageCount(stage, found(owner, ContactFilter(stage=stage)).total) for stage in Stage)
    assert db.fetch_now(queries.tags_in_use, owner) == (TagCount("vip", 1),)


def test_another_business_finds_nothing(owner: Actor):
    other = people.owner("Other Place", "other@example.com").actor
    assert found(other).total == 0
    assert found(other, ContactFilter("zoe")).total == 0
    assert sum(row.count for row in db.fetch_now(queries.stage_counts, other)) == 0


MANY_WORDS = """
    insert into contact_word (workspace_id, contact_id, word)
    select workspace_id, id, 'word' || n || 'of' || id from contact, generate_series(1, 300) n
"""


def test_a_search_reads_an_index_under_row_level_security(owner: Actor):
    def plan(session, scope) -> str:
        query = queries._matching(scope, ContactFilter("zoe"))
        compiled = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        return "\n".join(row[0] for row in session.execute(text(f"explain {compiled}")))

    db.transact_now(lambda session, _: session.execute(text(MANY_WORDS)), owner)
    with db.engine().begin() as connection:
        connection.execute(text("analyze contact_word"))
    found = db.fetch_now(plan, owner)
    assert "uq_contact_word_workspace_id_word_contact_id" in found, found
    read_by = [line for line in found.splitlines() if "Index Cond" in line]
    assert any("word >= 'zoe'" in line for line in read_by), found
