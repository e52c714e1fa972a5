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
from tuilab.cli.compare import compare
from tuilab.cli.completions import complete_preset
from tuilab.cli.doctor import doctor
from tuilab.cli.fetch import HELP as FETCH_HELP
from tuilab.cli.fetch import fetch
from tuilab.cli.fork import fork
from tuilab.cli.json_keys import COMPARED, FINDING, LADDER, LIVE, LOOKED, RATE, RESULT, RUN, keys_help
from tuilab.cli.ladder import ladder
from tuilab.cli.look import look
from tuilab.cli.lost_output import OutputLost, mute
from tuilab.cli.notation import Command, Group
from tuilab.cli.presets import presets_app
from tuilab.cli.ps import ps
from tuilab.cli.queue import queue_app
from tuilab.cli.rate import rate
from tuilab.cli.results import results
from tuilab.cli.resume import resume
from tuilab.cli.run import run
from tuilab.cli.show import show
from tuilab.cli.stop import stop
from tuilab.cli.sweep.commands import sweep_app
from tuilab.cli.trash import trash_app
from tuilab.errors import TuilabError, UsageError
from tuilab.processes.streams import open_closed
from tuilab.terminal import clean

_EPILOG = """\b
Examples:
  tuilab                                   open the lab
  tuilab run --preset bn --data digits     train, and show the results
  tuilab results                           every finished run
  tuilab presets show bn                   every setting, for --set

\b
Exit codes:
  0    done
  1    a system error, or doctor found that nothing can be trained
  2    wrong usage
  3    images or weights are missing or damaged
  4    a run failed
  129  the terminal was closed; the run continues
  130  interrupted
"""

app = typer.Typer(
    name="tuilab",
    cls=Group,
    help="A laboratory in a terminal for batch normalization, weight decay and transfer learning.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    # plain help: drawing it with Rich would take longer than all the rest of `tuilab --help`
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)
app.command(cls=Command)(run)
app.command(cls=Command)(attach)
app.command(cls=Command)(stop)
app.command(cls=Command)(resume)
app.command(cls=Command)(fork)
app.command(cls=Command, epilog=keys_help(LIVE))(ps)
app.command(cls=Command, epilog=keys_help(RESULT, "--format json"))(results)
app.command(cls=Command, epilog=keys_help(COMPARED, "--format json"))(compare)
app.command(cls=Command, epilog=keys_help(RUN))(show)
app.command(cls=Command, epilog=keys_help(LOOKED))(look)
app.command(cls=Command, epilog=keys_help(RATE))(rate)
app.command(cls=Command, epilog=keys_help(LADDER))(ladder)
app.add_typer(queue_app)
app.add_typer(sweep_app)
app.add_typer(presets_app)
app.add_typer(trash_app)
app.add_typer(cache_app)
app.command(cls=Command, help=FETCH_HELP)(fetch)
app.command(cls=Command, epilog=keys_help(FINDING))(doctor)
app.command(cls=Command)(bench)


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
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            "-p",
            metavar="NAME",
            help="The experiment the app opens with.",
            autocompletion=complete_preset,
        ),
    ] = None,
    mouse: Annotated[bool, typer.Option(help="Whether the app uses the mouse.")] = True,
    low_bandwidth: Annotated[
        bool,
        typer.Option("--low-bandwidth", help="For slow connections: redraw once per second, plot in ASCII."),
    ] = False,
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Use ASCII characters only.")] = False,
    theme: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Colours: tuilab-dark, -light, -contrast, -ansi, or your own."),
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
        sys.exit(app(prog_name="tuilab", standalone_mode=False))
    except TuilabError as error:
        report_error(error)
        sys.exit(error.exit_code)
    except _WrongWords as error:
        report_error(
            UsageError(_sentence(error), ["tuilab COMMAND --help lists a command's arguments and options"])
        )
        sys.exit(UsageError.exit_code)
    except OutputLost as lost:
        mute()
        sys.exit(lost.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted.", err=True)
        sys.exit(130)
    except (ImportError, SyntaxError) as error:
        from tuilab.processes.broken_libraries import broken_library

        report_error(broken_library(error))
        sys.exit(TuilabError.exit_code)
    except OSError as error:
        # whatever stdout still holds would fail once more when Python ends
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # whoever read the output may have gone (`tuilab results | head`): then nothing is left to say
        if not isinstance(error, BrokenPipeError):
            report_error(TuilabError(f"system error: {error}"))
        sys.exit(TuilabError.exit_code)


_OURS = {
    "Value error, ": "",
    ". Did you mean": "; did you mean",
    "Input should be a valid integer, unable to parse string as an integer": "it must be a whole number",
    "Input should be a valid number, unable to parse string as a number": "it must be a number",
    "Input should be greater than or equal to ": "it must be at least ",
    "Input should be less than or equal to ": "it must be at most ",
}
"""What the library for arguments says, in the words that this program uses everywhere else."""


def _sentence(error: Exception) -> str:
    message: str = error.format_message()  # type: ignore[attr-defined]
    for theirs, ours in _OURS.items():
        message = message.replace(theirs, ours)
    return message[:1].lower() + message[1:].rstrip(".")


def report_error(error: TuilabError) -> None:
    """Print the sentence and what can be done, a line each, on stderr."""
    from tuilab.cli.wrapping import print_sentence

    print_sentence(f"tuilab: {clean(error.sentence)}", err=True)
    for remedy in error.remedies:
        print_sentence(f"  - {clean(remedy)}", err=True, indent="    ")
