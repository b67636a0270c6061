"""`bench NAME`: one figure, its floor, their ratio. The code is in the folder bench/, beside the package."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import click

from sidecar import logs
from sidecar.commands.opening import Failed, UsedWrongly
from sidecar.config import ROOT

if TYPE_CHECKING:
    from bench.figures import Figure


@click.command()
@click.argument("names", nargs=-1, metavar="NAME…")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--database", metavar="URL", help="A Postgres server; databases are made beside the one it names.")
@click.option("--rounds", type=click.IntRange(5, 1000), help="How often floor and candidate take turns.")
@click.option("--carts", type=click.IntRange(1000, 10_000_000), help="How many carts are known.")
@click.option("--orders", type=click.IntRange(1000, 1_000_000), help="How many orders the first import reads.")
@click.option("--sent", type=click.IntRange(2000, 10_000_000), help="How many messages `sending` sends.")
@click.option("--kills", type=click.IntRange(1, 1_000_000), help="How often a sender is killed.")
@click.option("--seed", help="What is drawn by chance in faults follows from it.")
@click.option("--era", type=click.IntRange(0), help="Replays one era of faults, with the seed it had.")
def bench(names: tuple[str, ...], as_json: bool, database: str | None, **sizes: int | str | None) -> None:
    """Measure how fast Ringback is on this machine, as ratios to floors measured in the same run."""
    known = _known()
    if not names:
        width = max(len(name) for name in known)
        click.echo("\n".join(f"{name:{width}}  {what}" for name, what in known.items()))
        return
    for name in names:
        if name not in known:
            raise UsedWrongly(f"There is no bench {name}. There are: {', '.join(known)}.")
    if database and not database.startswith("postgresql"):
        raise UsedWrongly("--database takes a Postgres address; SQLite files are made by themselves.")
    logs.set_up("text", level=logging.WARNING)
    for name in names:
        _show(_measure(name, database, {key: value for key, value in sizes.items() if value is not None}), as_json)


def _known() -> dict[str, str]:
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    if not (ROOT / "bench").is_dir():
        raise Failed("The folder bench/ is not beside the package, so there is nothing to measure with.")
    found: dict[str, str] = importlib.import_module("bench").NAMES
    return found


def _measure(name: str, database: str | None, sizes: dict[str, Any]) -> Figure:
    from bench.figures import Effort
    from bench.ground import ground

    with ground(database) as place:
        found: Figure = module_of(name).measure(place, Effort(**sizes))
    return found


def module_of(name: str) -> Any:
    """The module of a bench: named like it, but where Python has other plans for the word."""
    return importlib.import_module(f"bench.{ {'import': 'first_import', 'poll': 'polling'}.get(name, name) }")


def _show(figure: Figure, as_json: bool) -> None:
    shown: dict[str, Any] = figure.as_dict()
    if as_json:
        click.echo(json.dumps(shown))
        return
    verdict = "met" if figure.met else "missed"
    at = "at least" if figure.kind == "ratio" else "at most"
    floor = "" if figure.floor is None else f", floor {shown['floor']:g}"
    click.echo(f"{figure.name}: {shown['figure']:g} {figure.unit}{floor}")
    click.echo(
        f"  {figure.kind} {shown[figure.kind]:g} (from {shown['min']:g} to {shown['max']:g} in {figure.rounds} rounds),"
        f" goal {at} {figure.goal:g}: {verdict}"
    )
    for key, value in figure.more.items():
        click.echo(f"  {key}: {shown[key] if isinstance(value, float) else value}")
