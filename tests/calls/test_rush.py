"""Two to twenty reps at once over a long queue of people with several carts: no cart and no person is had twice."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from bench.rush import Hold, apart, overlaps

CARTS = {"sqlite": 100_000, "postgresql": 20_000}  # `bench claim` has 100,000 on both
SIZES = (2, 7, 20)


@pytest.mark.slow
def test_reps_who_claim_at_once_never_share_a_cart_or_a_person(database_url: str) -> None:
    found = apart(database_url, CARTS[make_url(database_url).get_backend_name()], 1.0, SIZES)

    assert (found["task_twice"], found["person_twice"], found["rep_twice"]) == ([], [], [])
    assert found["reps"] == list(SIZES)  # everybody had calls
    assert min(found["ways"][way] for way in ("release", "save", "call", "leave")) > 0
    assert found["again"] > 0  # what was given back or ran out was had again
    assert found["saved"] >= found["ways"]["save"] + found["ways"]["call"]


def test_two_holds_at_once_are_found() -> None:
    first = Hold(rep=1, task=1, person=1, begun=1.0, until=4.0, way="save")
    inside = Hold(rep=2, task=2, person=1, begun=2.0, until=3.0, way="save")
    late = Hold(rep=2, task=1, person=1, begun=3.5, until=5.0, way="leave")
    after = Hold(rep=3, task=1, person=1, begun=5.0, until=6.0, way="release")

    assert overlaps([after, late, inside, first], "person") == [(first, inside), (first, late)]
    assert overlaps([after, late, inside, first], "task") == [(first, late)]
    assert overlaps([after, inside, first], "rep") == []
