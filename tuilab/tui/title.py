"""The first line: what is in the network pane, and what trains."""

from typing import assert_never

from textual.content import Content

from tuilab.experiment import CnnSpec, Experiment, ModelSpec, TransferSpec
from tuilab.results.progress import progress
from tuilab.sources.named import title as title_of
from tuilab.terminal import clean
from tuilab.tui.run_book import BookedRun
from tuilab.tui.session.session import Session


def title(session: Session, width: int) -> Content:
    """Return the line: the draft on the left, what trains on the right, cut to ``width`` cells."""
    draft = session.draft
    left = Content.assemble(
        ("tuilab", "bold $primary"),
        "  ",
        (clean(draft.name, limit=60), "bold"),
        (f" · {' · '.join(facts(draft.experiment))}", "$secondary"),
    )
    right = Content(" · ").join(_doing(run) for run in session.book.training)
    if queued := len(session.book.queued):
        right = right + Content(f"{' · ' if len(right) else ''}{queued} queued")
    room = width - left.cell_length
    if right.cell_length + 2 > room:
        left = left.truncate(max(0, width - right.cell_length - 2), ellipsis=True)
        room = width - left.cell_length
    return left + Content(" " * max(0, room - right.cell_length)) + right


def facts(experiment: Experiment) -> list[str]:
    """Return what an experiment stands on, in few words: images, network, device."""
    source = experiment.data.source
    images = clean(title_of(source).rpartition("/")[2], limit=30)
    device = experiment.training.device
    return [images, _network(experiment.model), *([device] if device != "auto" else [])]


def _network(model: ModelSpec) -> str:
    match model:
        case CnnSpec():
            return f"CNN {'-'.join(map(str, model.filters))}"
        case TransferSpec():
            weights = {"imagenet": "ImageNet", "random": "random"}.get(model.weights, "own weights")
            return f"{model.base_network.title}/{weights}"
        case _:
            assert_never(model)


def _doing(run: BookedRun) -> Content:
    return Content.assemble(
        ("● ", "$success"), f"{run.label} ", (progress(run.summary, run.experiment), "bold")
    )
