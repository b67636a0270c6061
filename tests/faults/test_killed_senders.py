"""Senders killed with -9 at every point and at random, over SMTP: nothing doubled, nothing lost, the unknown listed.

The oracle is what the mail server wrote down before it answered. A message may end in review when nobody can know
whether it arrived; it is never sent twice. The kills are made by bench/killing.py, which says how to replay them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import make_url

from bench.victim import POINTS
from sidecar.config import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SEED = os.environ.get("SIDECAR_TEST_SEED", "20261122")
KILLS = {"sqlite": 200, "postgresql": 110}  # a kill costs a tenth of a second of a core


def test_senders_killed_at_every_named_point_and_at_random_double_and_lose_nothing(database_url: str):
    found = kill(database_url)
    kills = KILLS[make_url(database_url).get_backend_name()]
    assert found.get("trouble", []) == [], found.get("replay")
    assert found["value"] == 0
    assert found["kills"] >= kills
    assert set(found["points"]) >= set(POINTS)
    assert found["sent"] + found["review"] == found["messages"]
    # In doubt is only what had begun and not ended: of a kill, or of an answer that the server kept to itself.
    assert 0 < found["review"] < found["messages"] / 2
    assert found["sent"] <= found["accepted"] <= found["sent"] + found["review"]


def kill(database_url: str) -> dict[str, Any]:
    """What `bench faults` says, in a process of its own: only one without threads may fork."""
    backend = make_url(database_url).get_backend_name()
    command = [sys.executable, "-m", "sidecar", "bench", "faults", "--json"]
    command += ["--kills", str(KILLS[backend]), "--seed", SEED]
    if backend == "postgresql":
        command += ["--database", database_url]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
    ran = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=500)
    assert ran.returncode in (0, 1), ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found
