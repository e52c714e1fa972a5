"""What may know what: arrows point down only, and nothing heavy is loaded before it is needed."""

import ast
import functools
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tuilab"
FILES = sorted(PACKAGE.rglob("*.py"))
_SENTENCES = {"", "errors", "terminal"}
"""``""`` is tuilab itself, which holds the version."""
_FILES = _SENTENCES | {"files"}
_RUNS = _FILES | {"processes", "experiment", "presets", "runs"}
MAY_IMPORT = {
    "": set(),
    "bases": set(),
    "collecting": set(),
    "errors": set(),
    "terminal": set(),
    "files": {"errors", "terminal"},
    "processes": {"errors", "terminal"},
    "experiment": _FILES | {"bases"},
    "presets": _FILES | {"bases", "experiment"},
    "config": _FILES,
    "lessons": _FILES | {"bases", "experiment", "sources.named"},
    "runs": _FILES | {"collecting", "processes", "experiment"},
    "results": _SENTENCES | {"experiment", "presets", "runs", "sources.named"},
    "advice": _SENTENCES | {"experiment", "presets", "runs", "results", "sources.named", "machine"},
    "looks": _SENTENCES | {"experiment", "runs", "results", "plots"},
    "sweeps": _FILES | {"experiment", "runs", "results", "plots"},
    "plots": {"terminal", "experiment", "runs", "results"},
    "rate": {"errors", "experiment", "runs", "plots"},
    "sources": _FILES | {"bases", "experiment.held_out"},
    "machine": _FILES | {"bases", "processes", "sources"},
    "lab": _RUNS | {"bases", "collecting", "config", "sources", "machine", "sweeps", "rate"},
    "engine": _RUNS | {"bases", "sources", "machine", "rate"},
    "bench": _RUNS | {"lab", "sources", "machine"},
    "cli": _RUNS
    | {"bases", "results", "advice", "plots", "sources", "machine", "sweeps", "looks", "rate", "lab", "bench"}
    | {"collecting", "tui"},
    "tui": _RUNS - {"processes"}
    | {
        "bases",
        "collecting",
        "config",
        "lessons",
        "results",
        "advice",
        "plots",
        "sources",
        "machine",
        "sweeps",
        "rate",
        "looks",
        "lab",
    },
    "__main__": {"cli"},
}
ONLY_IN = {
    "tensorflow": {"engine"},
    "keras": {"engine"},
    "textual": {"tui"},
    "textual_plotext": {"tui"},
    "typer": {"cli"},
    "multiprocessing": set(),
    "pickle": {"sources"},
}


def part_of(path: Path) -> str:
    """Return the part a file belongs to: a module or a package below tuilab."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py").replace("__init__", "")


@functools.cache
def import_statements(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """Return a file's imports, wherever in it, under TYPE_CHECKING too."""
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(node for node in ast.walk(parsed) if isinstance(node, ast.Import | ast.ImportFrom))


def imported(path: Path) -> set[str]:
    """Return all modules that a file imports, as dotted names."""
    names: set[str] = set()
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        else:
            assert node.level == 0, f"{path} imports relatively"
            names.add(str(node.module))
            if node.module == "tuilab":  # from tuilab import paths
                names |= {f"tuilab.{alias.name}" for alias in node.names if not alias.name.startswith("__")}
    return names


def part_for(name: list[str], allowed: set[str]) -> str:
    """Return the part of an imported module; the package in it where that alone is allowed."""
    package = ".".join(name[:2])
    return package if package in allowed else next(iter(name), "")


@pytest.mark.parametrize("part", sorted({part_of(path) for path in FILES}))
def test_a_file_imports_only_what_lies_below_it(part: str) -> None:
    assert part in MAY_IMPORT, f"{part} is new: give it its place in this table"
    for path in FILES:
        if part_of(path) == part:
            ours = [name.split(".") for name in imported(path)]
            below = {part_for(name[1:], MAY_IMPORT[part]) for name in ours if name[0] == "tuilab"}
            assert below <= MAY_IMPORT[part] | {part}, path


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_no_arrow_is_allowed_that_nobody_needs(part: str) -> None:
    drawn = {
        part_for(name.split(".")[1:], MAY_IMPORT[part])
        for path in FILES
        if part_of(path) == part
        for name in imported(path)
        if name.split(".")[0] == "tuilab"
    }
    assert MAY_IMPORT[part] - {""} <= drawn


def module_of(path: Path) -> str:
    """Return a file's dotted name."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def arrows() -> dict[str, set[str]]:
    """Return for each of our modules those that it imports."""
    files = {module_of(path): path for path in FILES}
    graph: dict[str, set[str]] = {}
    for module, path in files.items():
        graph[module] = set()
        for node in import_statements(path):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                inner = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [name if name in files else str(node.module) for name in inner]
            graph[module] |= {name for name in names if name in files}
    return graph


def test_no_import_goes_around_in_a_circle() -> None:
    graph = arrows()
    assert sum(map(len, graph.values())) > 500, "imports are found"
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle of imports: " + " <- ".join(error.args[1]))


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_heavy_or_dangerous_library_stays_in_its_part(library: str) -> None:
    importers = [path for path in FILES if library in {name.split(".")[0] for name in imported(path)}]
    assert [path for path in importers if part_of(path) not in ONLY_IN[library]] == []


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter holds after a statement."""
    code = f"import sys\n{statement}\nprint(*sorted(sys.modules), sep='\\n')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        ("tuilab.cli.main", "tensorflow keras textual pandas numpy pydantic h5py sklearn plotext psutil"),
        (
            "tuilab.cli.run, tuilab.cli.planned, tuilab.cli.bars, tuilab.cli.outcome, tuilab.cli.results, "
            "tuilab.cli.show, tuilab.lab.plan, tuilab.runs.worker.process, tuilab.results.finished",
            "tensorflow keras textual pandas sklearn plotext",
        ),
        (
            "tuilab.sources.datasets, tuilab.sources.base_weights, tuilab.machine.gpus, "
            "tuilab.machine.diagnosis",
            "tensorflow keras textual pandas sklearn",
        ),
        ("tuilab.bench.session", "tensorflow keras textual pandas sklearn rich typer"),
        ("tuilab.engine.worker", "tensorflow keras textual rich plotext pandas sklearn"),
        ("tuilab.sources.named", "tensorflow keras textual pandas numpy PIL sklearn pydantic rich typer"),
        ("tuilab.experiment, tuilab.presets", "tensorflow keras textual pandas numpy rich typer"),
    ],
)
def test_importing_loads_nothing_heavy(modules: str, absent: str) -> None:
    assert not loaded_by(f"import {modules}") & set(absent.split())
