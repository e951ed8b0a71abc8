"""At least 150 mails written for this, each with what must become of it: none is mis-threaded, none takes five seconds."""

from __future__ import annotations

import pytest

from tests.inbox.corpus.judging import CASES, GROUPS, judged, patient, world_of
from tests.inbox.desk import Business


def test_the_corpus_is_large_and_no_case_is_there_twice() -> None:
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len({case.raw for case in CASES}) == len(CASES)


@pytest.mark.parametrize("group", GROUPS)
def test_every_mail_of_the_corpus_gets_where_it_belongs(group: str, harbour: Business) -> None:
    world = world_of(harbour)
    with patient():
        verdicts = [judged(world, case) for case in GROUPS[group]]
    assert [f"{one.case.name}: {'; '.join(one.wrong)}" for one in verdicts if one.wrong] == []
    assert not any(one.misthreaded for one in verdicts)
