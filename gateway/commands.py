"""The command line, `python -m gateway`."""

import asyncio
import signal
import sys
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from gateway.demo.seeding import seed_users
from gateway.identity.access import issue_token
from gateway.identity.keys import make_key
from gateway.identity.tokens import Tokens
from gateway.live.announcing import announce as announce_changes
from gateway.mail.link_tokens import LinkTokens
from gateway.mail.maildir import list_mails, show_mail
from gateway.process.preparing import check_migrated, check_redis, migrate_database
from gateway.process.progress import progress_bar
from gateway.process.serve import serve as serve_gateway
from gateway.process.serve import work
from gateway.process.servers import database_server, redis_server
from gateway.process.worker import mail_folder
from gateway.settings import Mode, read_settings
from gateway.setup_errors import SetupError
from persistence.failures import DatabaseUnavailable
from persistence.migrating import Tables
from persistence.rights import TO_USE_TABLES, needs
from schema.schema import build_schema

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A GraphQL gateway for the users, licenses and mails of customer accounts.",
    epilog="Where DATABASE_URL and REDIS_URL are not set, PostgreSQL and Valkey run in GATEWAY_DATA_DIR, started by "
    "whichever command needs them first. All commands work beside a running serve.",
)


def main() -> None:
    """Run the command line. What is wrong around the gateway is told in one sentence, with exit status 1."""
    _stop_alike_for_every_signal()
    try:
        with needs(TO_USE_TABLES):
            app()
    except (SetupError, DatabaseUnavailable) as error:
        sys.exit(str(error))


def _stop_alike_for_every_signal() -> None:
    """Let SIGTERM, and the end of the terminal, stop what was started as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _pass_on_as_sigterm)


def _pass_on_as_sigterm(_number: int, _frame: FrameType | None) -> None:
    """Let whoever listens for SIGTERM at the moment stop the process."""
    signal.raise_signal(signal.SIGTERM)


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, metavar="N", help="How many processes answer requests.")] = 1,
    *,
    runs_jobs: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Send mails and run other jobs in these processes too.")
    ] = True,
) -> None:
    """Start the gateway, and in development all that it needs."""
    serve_gateway(read_settings(), processes=workers, runs_jobs=runs_jobs, console=Console())


@app.command()
def worker() -> None:
    """Send mails and run other jobs, and answer no requests."""
    work(read_settings())


@app.command()
def mail(
    number: Annotated[int | None, typer.Argument(min=1, metavar="N", help="The mail to show.")] = None,
) -> None:
    """List the mails that were kept because there is no SMTP_URL, or show one of them, its link included."""
    settings = read_settings()
    if settings.smtp_url is not None:
        raise SetupError("Mails go to the server that SMTP_URL names: only without one they are kept here.")
    if number is None:
        typer.echo(list_mails(mail_folder(settings)))
    else:
        typer.echo(show_mail(mail_folder(settings), number))


@app.command()
def migrate() -> None:
    """Bring the database to the tables of this version."""
    with database_server(read_settings()) as database_url:
        tables = migrate_database(database_url)
    if tables is Tables.NEWER:
        Console().print(
            "The database is newer than this version of the gateway: there is nothing to migrate.", soft_wrap=True
        )
    else:
        Console().print("The tables are up to date.")


@app.command()
def seed(
    users: Annotated[int, typer.Option(min=1, metavar="N", help="How many users to make.")] = 1000,
    account: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The customer account to put them in; by default a new one.")
    ] = None,
    random_seed: Annotated[int, typer.Option(metavar="N", help="The same number makes the same users.")] = 1,
) -> None:
    """Make up users, with licenses and all else that belongs to them. Not in production."""
    settings = read_settings()
    if settings.mode is Mode.PRODUCTION:
        raise SetupError("Everybody knows the password of made-up users: there are none in production.")
    console = Console()
    with database_server(settings) as database_url, progress_bar(console, "Making users") as progress:
        migrate_database(database_url)
        seeded = asyncio.run(
            seed_users(database_url, users=users, account_number=account, random_seed=random_seed, progress=progress)
        )
    console.print(f"Account {seeded.account_number} has {seeded.users:,} more users.")


@app.command()
def token(
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="Whose token.")],
    account: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The account, where the address stands in several.")
    ] = None,
) -> None:
    """Print an access token, valid for 15 minutes, for development and operations."""
    if not email.strip():
        raise SetupError("The address after --email is empty: say whose token it is to be.")
    settings = read_settings()
    with database_server(settings) as database_url:
        check_migrated(database_url)
        typer.echo(asyncio.run(issue_token(settings, database_url, email, account)).token)


@app.command()
def announce(
    account: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The account that was changed; by default all of them.")
    ] = None,
    *,
    users: Annotated[
        bool, typer.Option("--users", help="Users were changed too: tell of all users of the account.")
    ] = False,
) -> None:
    """Have running gateways tell their subscribers what was changed by plain SQL."""
    settings = read_settings()
    with database_server(settings) as database_url, redis_server(settings) as redis_url:
        check_migrated(database_url)
        check_redis(redis_url)
        accounts = asyncio.run(announce_changes(settings, database_url, redis_url, account, users=users))
    Console().print(f"Announced: {accounts:,} {'account' if accounts == 1 else 'accounts'}.")


@app.command()
def schema() -> None:
    """Print the schema in the GraphQL schema definition language."""
    typer.echo(build_schema().as_str())


@app.command()
def key(
    *,
    if_none: Annotated[bool, typer.Option("--if-none", help="Only if there is no key yet.")] = False,
) -> None:
    """Make a new key that signs access tokens from the next start on. The older ones are accepted until removed.

    Where there is no key yet for the links in mails, that one is made too.
    """
    directory = read_settings().signing_keys_dir
    if if_none:
        Tokens.load(directory, create=True)
    else:
        make_key(directory)
    LinkTokens.load(directory, create=True)
    Console().print(f"The keys are in {directory}.", soft_wrap=True)
