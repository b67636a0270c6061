"""From `up` to the first answer, after an earlier set-up. Beside it, as a floor: Python importing what we stand on."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from bench.figures import Effort, Figure, amount, seconds
from bench.ground import Ground
from bench.processes import up

_IMPORTS = "import flask, flask_sqlalchemy, rq, requests, gunicorn.app.base"


def measure(ground: Ground, effort: Effort) -> Figure:
    """Seconds; the first start, which migrates, does not count."""
    rounds = min(effort.rounds, 5)
    imports, starts = [], []
    with ground.database() as url:
        environ = ground.environment(url)
        with up(environ):
            pass
        for _ in range(rounds):
            imports.append(seconds(lambda: subprocess.run([sys.executable, "-c", _IMPORTS], check=True)))
            with up(environ) as whole:
                starts.append(whole.seconds_to_answer)
    return amount("start", starts, unit="s until /livez answers", goal=3.0, floor=median(imports))
