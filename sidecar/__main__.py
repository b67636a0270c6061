"""The command line: `python -m sidecar COMMAND`, or `bin/run COMMAND`. Exit codes: 0 done, 1 failed, 2 used wrongly."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click
from setproctitle import setproctitle

from sidecar import logs
from sidecar.commands import COMMANDS
from sidecar.config import Config, ConfigError, load
from workers import sample_store, supervisor

FAILED, USED_WRONGLY = 1, 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Ringback wins back the orders a WooCommerce store was not paid for."""


def _where_to_listen(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--port", type=click.IntRange(1, 65535), help="Which port; else SIDECAR_PORT.")(command)
    return click.option("--host", help="Which address; else SIDECAR_HOST.")(command)


@cli.command()
@_where_to_listen
def up(host: str | None, port: int | None) -> None:
    """Run everything: broker, pages, workers and clock, until SIGTERM."""
    config = _settle(os.environ, host, port)
    supervisor.run(config, lambda: _prepare(config))


@cli.command()
@_where_to_listen
def demo(host: str | None, port: int | None) -> None:
    """Run everything with the built-in sample store, from its beginning. Nothing leaves the machine."""
    store_port = sample_store.free_port()
    config = _settle(sample_store.demo_environment(os.environ, store_port), host, port)

    def prepare() -> list[str]:
        sample_store.begin_anew(config)
        return [*_prepare(config, demo=True), f"The sample store is at {config.store_url}"]

    supervisor.run(config, prepare, store=sample_store.store_role(config, store_port))


def _settle(environ: Mapping[str, str], host: str | None, port: int | None) -> Config:
    """Makes `environ`, with what the command line says, the environment of this process and of all it starts."""
    settled = dict(environ)
    for name, value in (("SIDECAR_HOST", host), ("SIDECAR_PORT", port)):
        if value is not None:
            settled.pop(f"{name}_FILE", None)
            settled[name] = str(value)
    os.environ.clear()
    os.environ.update(settled)
    config = load()
    logs.set_up(config.log_format)
    return config


def _prepare(config: Config, *, demo: bool = False) -> list[str]:
    """Everything that comes before listening; the lines to show once the pages answer."""
    # Imported here, in a process that ends when this is done: the others need not carry what migrations need.
    from sidecar.app import create_core
    from sidecar.commands import opening, start

    try:
        with opening.failing_in_one_line():
            app = create_core(config)
            with app.app_context():
                start.prepare(app, demo=demo)
                return [*start.announce(app, demo=demo), *start.hold_a_copy(app)]
    except opening.Failed as error:
        error.show()
        raise SystemExit(error.exit_code) from error


def main() -> int:
    """Runs one command; the exit code. Every failure is one line on standard error."""
    setproctitle("ringback")  # before the environment changes: the title is written where that began
    for command in COMMANDS:
        cli.add_command(command)
    try:
        cli(prog_name="ringback", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "ringback"
        return _fail(f"{error.format_message()} See: {where} --help", error.exit_code)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        return FAILED
    except ConfigError as error:
        return _fail(error, USED_WRONGLY)
    except supervisor.CannotStart as error:
        return _fail(error, error.code)
    return 0


def _fail(error: object, code: int) -> int:
    if str(error):
        click.echo(f"ringback: {error}", err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
