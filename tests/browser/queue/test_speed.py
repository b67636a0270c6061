"""Working by keyboard stays quick: a bound far above what bench keyboard measures, so that only a fault breaks it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bench import keyboard
from bench.figures import Effort, Figure
from bench.ground import ground

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

BOUND_MS = 3000  # of one step on a busy machine; measured alone it is a tenth of this


def test_the_next_card_comes_within_the_bound() -> None:
    with ThreadPoolExecutor(1) as alone:  # the tests' own browser has this thread's loop
        found = alone.submit(_measured).result(timeout=120)

    assert found.more["errors"] == 0
    assert found.rounds == 3
    assert found.more["median"] < BOUND_MS


def _measured() -> Figure:
    with ground(None) as place:
        return keyboard.measure(place, Effort(rounds=2, carts=1000, quick=True))
