"""``tuilab``: the commands, and the one place where errors become sentences and exit codes."""

import contextlib
import io
import os
import sys
from typing import Annotated

import typer

from tuilab.cli.attach import attach
from tuilab.cli.bench import bench
from tuilab.cli.cache import cache_app
from tuilab.cli.doctor import doctor
from tuilab.cli.fetch import fetch
from tuilab.cli.fork import fork
from tuilab.cli.presets import presets_app
from tuilab.cli.ps import ps
from tuilab.cli.results import results
from tuilab.cli.resume import resume
from tuilab.cli.run import run
from tuilab.cli.show import show
from tuilab.cli.stop import stop
from tuilab.cli.unheard import Unheard, mute
from tuilab.errors import TuilabError, UsageError
from tuilab.streams import open_closed
from tuilab.terminal import clean

app = typer.Typer(
    name="tuilab",
    help="A laboratory in a terminal for batch normalization, weight decay and transfer learning.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # plain help: drawing it with Rich would take longer than all the rest of `tuilab --help`
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run)
app.command()(attach)
app.command()(stop)
app.command()(resume)
app.command()(fork)
app.command()(ps)
app.command()(results)
app.command()(show)
app.add_typer(presets_app)
app.add_typer(cache_app)
app.command()(fetch)
app.command()(doctor)
app.command()(bench)


def _print_version(wanted: bool) -> None:
    if wanted:
        from tuilab import __version__

        typer.echo(f"tuilab {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end."),
    ] = False,
    preset: Annotated[
        str | None, typer.Option("--preset", "-p", help="The experiment to begin with, in the app.")
    ] = None,
    mouse: Annotated[bool, typer.Option(help="Whether the app takes the mouse.")] = True,
    low_bandwidth: Annotated[
        bool, typer.Option("--low-bandwidth", help="Redraw once a second, plot in ASCII: for slow lines.")
    ] = False,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Write nothing but ASCII.")] = False,
    theme: Annotated[
        str | None, typer.Option(help="The app's colours: tuilab-dark, -light, -contrast, -ansi, or yours.")
    ] = None,
) -> None:
    """A laboratory in a terminal for batch normalization, weight decay and transfer learning.

    Without a command it opens the app: read a lesson, change one thing, train, watch, compare.
    """
    if context.invoked_subcommand is None:
        from tuilab.tui.launch import launch

        code = launch(
            preset=preset, mouse=mouse, low_bandwidth=low_bandwidth, ascii_only=ascii_only, theme=theme
        )
        raise typer.Exit(code)


# Typer carries its own copy of Click or uses the real one, by its version; this is the class of either
_WrongWords: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


def main() -> None:
    """Run the command line; every error a person can cause ends as a sentence on stderr."""
    open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal that cannot show a character gets its escape, not a traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=False))
    except TuilabError as error:
        complain(error)
        sys.exit(error.exit_code)
    except _WrongWords as error:
        complain(UsageError(_sentence(error), ["tuilab COMMAND --help shows what a command takes"]))
        sys.exit(UsageError.exit_code)
    except Unheard as unheard:
        mute()
        sys.exit(unheard.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted.", err=True)
        sys.exit(130)
    except OSError as error:
        # whatever stdout still holds would fail once more when Python ends
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # whoever read the output may have gone (`tuilab results | head`): then nothing is left to say
        if not isinstance(error, BrokenPipeError):
            complain(TuilabError(f"the system refused: {error}"))
        sys.exit(TuilabError.exit_code)


def _sentence(error: Exception) -> str:
    message: str = error.format_message()  # type: ignore[attr-defined]
    message = message.replace("Value error, ", "").replace(". Did you mean", "; did you mean")
    return message[:1].lower() + message[1:].rstrip(".")


def complain(error: TuilabError) -> None:
    """Print the sentence and what can be done, a line each, on stderr."""
    typer.echo(f"tuilab: {clean(error.sentence)}", err=True)
    for remedy in error.remedies:
        typer.echo(f"  - {clean(remedy)}", err=True)
