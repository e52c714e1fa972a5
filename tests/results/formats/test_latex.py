"""LaTeX: tables with the rules of booktabs, in which no text from outside is a command."""

import re

import pytest
from finished_runs import finished_run
from hypothesis import given
from hypothesis import strategies as st
from records import CIFAR10
from result_rows import row_of

from tuilab.results.formats.latex import escaped, text

SPECIAL = "\\{}$&#%_^~"
"""The ten characters of LaTeX that mean something else than themselves."""
COMMANDS = re.compile(
    r"\\(?:text(?:backslash|asciicircum|asciitilde|less|greater|bar|asciigrave|quotesingle)\{\}|symbol\{34\}"
    r"|[{}$&#%_])|\$-\$|\{[][*]?\}"
)
"""What an escaped text may hold of LaTeX."""


@pytest.mark.parametrize(
    ("character", "latex"),
    [
        ("\\", r"\textbackslash{}"),
        ("{", r"\{"),
        ("}", r"\}"),
        ("$", r"\$"),
        ("&", r"\&"),
        ("#", r"\#"),
        ("%", r"\%"),
        ("_", r"\_"),
        ("^", r"\textasciicircum{}"),
        ("~", r"\textasciitilde{}"),
        ("<", r"\textless{}"),
        (">", r"\textgreater{}"),
        ("|", r"\textbar{}"),
        ('"', r"\symbol{34}"),
        ("`", r"\textasciigrave{}"),
        ("'", r"\textquotesingle{}"),
        ("[", "{[}"),
        ("]", "{]}"),
        ("*", "{*}"),
        ("−", "$-$"),
        ("--set", "-{}-set"),
        ("---", "-{}-{}-"),
        (",,", ",{},"),
        ("é, ü", "é, ü"),
    ],
)
def test_every_special_character_is_shown_as_it_is(character: str, latex: str) -> None:
    assert escaped(character) == latex
    assert escaped(f"a{character}b") == f"a{latex}b"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",))))
def test_nothing_in_a_text_is_a_command(words: str) -> None:
    rest = COMMANDS.sub("", escaped(words))
    assert not set(SPECIAL + "<>|\"`'[]*") & set(rest)
    assert not re.search("--|,,", escaped(words)), "no two grow together"


@pytest.mark.parametrize(
    "name",
    [
        r"\input{/etc/passwd}",
        r"\immediate\write18{rm}",
        "^^5cinput",
        "100% & more",
        "[2cm]",
        "*",
        "}\\end{tabular}",
        "\x1b[31mred\nnext",
    ],
)
def test_a_hostile_name_stays_in_its_cell(name: str) -> None:
    lines = text([row_of(finished_run("bn", name=name))]).splitlines()
    (head,), (row,) = ([line for line in lines if word in line] for word in ("preset &", " bn &"))
    assert head.endswith(r" \\") and row.endswith(r" \\")
    columns = re.findall(r"(?<!\\)&", row)
    assert len(columns) == len(re.findall(r"(?<!\\)&", head))
    cell = re.split(r"(?<!\\)&", row)[1].strip()
    assert not set(SPECIAL) & set(COMMANDS.sub("", cell))
    used = set(re.findall(r"\\[a-z]+", "\n".join(lines)))
    assert not used & {r"\input", r"\immediate", r"\write"} and used >= {r"\toprule", r"\midrule"}


def test_a_table_has_its_caption_its_columns_and_its_notes() -> None:
    part = CIFAR10.model_copy(update={"training_images": 8_000, "validation_images": 2_000})
    run = finished_run("recorded-i", {"training.limit": 10_000}, accuracy=0.5, dataset=part)
    first, *lines = text([row_of(run)]).splitlines()
    assert first == r"% needs \usepackage{booktabs}"
    assert r"  \caption{cifar10; weights: imagenet; pixels: unit}" in lines
    (kinds,) = [
        re.fullmatch(r"  \\begin\{tabular\}\{([lr]+)\}", line) for line in lines if "begin{tabular}" in line
    ]
    rows = [line for line in lines if line.endswith(r"\\")]
    assert kinds is not None and [row.count(" & ") + 1 for row in rows] == [len(kinds[1])] * 2
    assert r"loaded\_vgg16\_blocks" in rows[0] and "0.5000" in rows[1] and "0.8415{*}" in rows[1]
    assert r"  \par\footnotesize {*} with all images; the run had 10,000 of 50,000 training images" in lines
    rules = [line.strip() for line in lines if line.strip() in (r"\toprule", r"\midrule", r"\bottomrule")]
    assert rules == [r"\toprule", r"\midrule", r"\bottomrule"]
