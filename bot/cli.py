"""The operator's face: every command of the catalogue, and what only an operator does.

Imports stand inside the commands where they cost: ``tocsin --help`` must feel instant.
"""

import asyncio
import inspect
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import typer

from bot.commands.access import OPERATOR
from bot.commands.catalogue import GROUPS, catalogue
from bot.commands.command import Asker, Command, Parameter, Request
from bot.commands.desk import Desk
from bot.commands.phrasing import on_the_command_line
from bot.errors import SchemaUnknown, StorageUnavailable
from bot.model.destination import CONSOLE, Destination, Workspace
from bot.terminal import DONE, FAILED, MISTAKE, show

PATIENCE = 14.5
"""Seconds from the first signal to the end, whatever hangs: all is over within 15."""
HERE = Destination(Workspace(CONSOLE))
NO_CONFIGURATION = """\
There is no configuration yet: no --config, no TOCSIN_CONFIG, and no tocsin.toml in this folder.

  To see Tocsin at work at once:   tocsin demo
  To set it up: copy config.example.toml to tocsin.toml, name a contact and a feed in it, then:   tocsin run
"""

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="The configuration file; else TOCSIN_CONFIG, else ./tocsin.toml")
]

app = typer.Typer(
    help="News alerts for Slack, Discord and the console: feeds in, one alert per piece of news out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Locals hold settings and secrets: never, whoever turns the pretty ones on.
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A headline that the terminal's encoding cannot write is no reason to end.
            stream.reconfigure(errors="replace")
    app()


@app.command()
def run(
    config: ConfigOption = None,
    only: Annotated[str | None, typer.Option(help="Only these parts, of: poll,deliver,listen,web")] = None,
) -> None:
    """Poll, match, deliver and listen until stopped."""
    from bot.config import load_to_run
    from bot.service.parts import PARTS

    parts = PARTS if only is None else tuple(part.strip() for part in only.split(","))
    if unknown := [part for part in parts if part not in PARTS]:
        named = ", ".join(name or "nothing" for name in unknown)
        _end(f"--only: {named} is no part of Tocsin: accepted are {','.join(PARTS)}", MISTAKE)
    settings, secrets = _configured(load_to_run, config)
    _start_logging(settings)
    raise typer.Exit(_guarded(_serve(settings, secrets, parts)))


@app.command()
def demo(
    database: Annotated[Path | None, typer.Option(help="Keep what happens in this SQLite file")] = None,
) -> None:
    """Show the real application on sample feeds: no network, no token."""
    from bot.demo.show import demonstrate

    raise typer.Exit(_guarded(demonstrate(database)))


@app.command()
def doctor(
    config: ConfigOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server")] = False,
    post: Annotated[str, typer.Option(help="Post one test line: slack:T0123/C0456, discord:1234/5678 or console")] = "",
) -> None:
    """Check the configuration, the database, tokens, scopes and every feed, with a next step for what is wrong."""
    from bot.config import load_to_run

    settings, secrets = _configured(load_to_run, config)
    from bot.doctor import examine

    _start_logging(settings, "ERROR")
    raise typer.Exit(_guarded(examine(settings, secrets, sys.stdout, offline=offline, post=post)))


@app.command()
def migrate(config: ConfigOption = None) -> None:
    """Bring the database up to date; safe while Tocsin runs."""
    from bot.config import load

    settings = _configured(load, config)
    from bot.wiring import open_storage

    async def apply() -> int:
        storage = open_storage(settings)
        try:
            applied = await storage.migrate()
        finally:
            await storage.close()
        typer.echo(f"Applied: {', '.join(applied)}" if applied else "The database is up to date.")
        return DONE

    raise typer.Exit(_guarded(apply()))


async def _serve(settings: Any, secrets: Any, parts: tuple[str, ...]) -> int:
    from bot.config import ConfigurationMistakes
    from bot.service.memory import keep_what_stands
    from bot.service.reception import NothingToServe
    from bot.service.running import Service
    from bot.wiring import assemble, open_platforms, open_storage

    stop = asyncio.Event()
    _stop_on_signals(stop)
    async with AsyncExitStack() as stack:
        storage = open_storage(settings)
        stack.push_async_callback(storage.close)
        await storage.migrate()
        platforms = await open_platforms(settings, secrets, storage)
        application = assemble(settings, storage, platforms, credentials=secrets.feeds)
        stack.push_async_callback(application.close)
        keep_what_stands()
        try:
            await Service(application, parts).run(stop)
        except ConfigurationMistakes as error:
            typer.echo("\n".join(error.mistakes), err=True)
            return MISTAKE
        except NothingToServe as problem:
            typer.echo(f"No platform could start.\n{problem}", err=True)
            return FAILED
        except OSError as problem:
            typer.echo(f"web.listen: cannot listen there: {problem.strerror or problem}", err=True)
            return FAILED
    return DONE


def _stop_on_signals(stop: asyncio.Event) -> None:
    def asked(number: int) -> None:
        if stop.is_set():
            # Asked twice: end at once. The leases end by themselves.
            os._exit(128 + number)
        stop.set()
        # A database that hangs must not hold us up: nothing is lost where it was not committed.
        loop.call_later(PATIENCE, os._exit, DONE)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked, number)


# ---- the catalogue --------------------------------------------------------------------------------------------------


def _offer(commands: tuple[Command, ...]) -> None:
    groups: dict[str, typer.Typer] = {}
    for command in commands:
        if not command.cli:
            continue
        parent = app
        for word in command.cli[:-1]:
            if word not in groups:
                groups[word] = typer.Typer(help=GROUPS[word], no_args_is_help=True, rich_markup_mode=None)
                app.add_typer(groups[word], name=word)
            parent = groups[word]
        parent.command(
            command.cli[-1],
            help=f"{command.summary}.",
            # A query may begin with a minus: -sports.
            context_settings={"ignore_unknown_options": any(parameter.rest for parameter in command.parameters)},
        )(_function(command))


def _function(command: Command) -> Callable[..., None]:
    """What typer calls: its signature is the command's parameters."""
    parameters = command.for_operator

    def carry_out(**given: Any) -> None:
        config, as_json = given.pop("config"), given.pop("json")
        arguments = {name: _one_line(value) for name, value in given.items() if value is not None}
        raise typer.Exit(_guarded(_ask(command.words, arguments, config, as_json=as_json)))

    shape = [
        *(_shape(parameter) for parameter in parameters),
        _keyword("config", ConfigOption, None),
        _keyword("json", Annotated[bool, typer.Option("--json", help="Print one JSON document")], default=False),
    ]
    carry_out.__signature__ = inspect.Signature(shape)  # type: ignore[attr-defined] # what inspect reads first
    carry_out.__annotations__ = {one.name: one.annotation for one in shape}
    return carry_out


def _one_line(value: str | list[str]) -> str:
    """The words of a query, among which no option was mistyped: a double hyphen is never part of one."""
    if isinstance(value, str):
        return value
    if strange := [word for word in value if word.startswith("--")]:
        _end(f"There is no option {strange[0]}. Say it with --help to see which there are.", MISTAKE)
    return " ".join(value)


def _shape(parameter: Parameter) -> inspect.Parameter:
    if parameter.rest:
        return _keyword(parameter.name, Annotated[list[str], typer.Argument(help=parameter.help)])
    if not parameter.option:
        return _keyword(parameter.name, Annotated[str, typer.Argument(help=parameter.help)])
    option = typer.Option(f"--{parameter.name}", help=parameter.help)
    if parameter.required:
        return _keyword(parameter.name, Annotated[str, option])
    return _keyword(parameter.name, Annotated[str | None, option], None)


def _keyword(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


async def _ask(words: tuple[str, ...], arguments: dict[str, str], config: Path | None, *, as_json: bool) -> int:
    from bot.config import load_to_ask

    settings, credentials = _configured(load_to_ask, config)
    _start_logging(settings, "WARNING")
    from bot.wiring import assemble, open_storage

    application = assemble(settings, open_storage(settings), {}, credentials=credentials)
    try:
        await application.storage.migrate()
        command = next(one for one in application.commands if one.words == words)
        reply = await command.run(Request(_operator(), HERE, on_the_command_line(application.commands), arguments))
    finally:
        await application.close()
    return show(reply, sys.stdout, sys.stderr, as_json=as_json)


def _operator() -> Asker:
    async def is_admin() -> bool:
        return True

    return Asker(HERE.workspace, OPERATOR, "The operator", is_admin)


# ---- what every command does ----------------------------------------------------------------------------------------


def _configured(load: Callable[..., Any], option: Path | None) -> Any:
    """Settings, or the end of the program with every mistake on stderr."""
    from bot.config import ConfigurationMistakes, find_path

    path = find_path(option, os.environ, Path.cwd())
    if path is None:
        _end(NO_CONFIGURATION, MISTAKE)
    try:
        return load(path, os.environ)
    except ConfigurationMistakes as error:
        _end("\n".join(error.mistakes), MISTAKE)


def _start_logging(settings: Any, level: str = "INFO") -> None:
    from bot import telemetry
    from bot.config import known_secrets

    telemetry.configure(level, known_secrets(settings, os.environ))


def _guarded(work: Coroutine[Any, Any, int]) -> int:
    """Run it; the database's trouble ends in one line instead of a traceback."""
    try:
        return asyncio.run(work)
    except StorageUnavailable as trouble:
        typer.echo(f"The database is out of reach: {trouble}", err=True)
        typer.echo("Look at database.url in the configuration, and whether the database runs.", err=True)
        return FAILED
    except SchemaUnknown as trouble:
        typer.echo(str(trouble), err=True)
        return FAILED


def _end(text: str, code: int) -> NoReturn:
    typer.echo(text.rstrip(), err=True)
    raise typer.Exit(code)


# Only their shape is read here, so they need no desk; what runs is the application's own.
_offer(catalogue(cast(Desk, None)))
