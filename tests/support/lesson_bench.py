"""A lesson's pane by itself, with two short lessons, and what tests do with it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from app_bench import Bench
from textual.pilot import Pilot

from tuilab.lessons.lesson import Lesson, parse
from tuilab.tui.panes.lesson.pane import LessonPane

FIRST = """+++
title = "Batch normalization"
order = 1
summary = "What it does."
keras = ["batch_norm"]
[[try]]
label = "A smaller momentum"
set = { "model.bn_momentum" = 0.5 }
watch = "Does validation jump?"
[[try]]
label = "The plain network"
preset = "baseline"
watch = "Slower?"
[[question]]
ask = "Which is right?"
choices = ["the left", "the right"]
correct = 1
answer = "It was the **right** one."
[[question]]
ask = "Why?"
answer = "Because of the mean."
+++
"""
SECOND = """+++
title = "Weight decay"
order = 2
summary = "A price on weights."
+++
Short.
"""
LONG = "\n\n".join(f"Paragraph {n} of the text." for n in range(40))


def lessons(body: str = "A text.") -> tuple[Lesson, ...]:
    return (
        parse(FIRST + body, "batch-normalization", "one"),
        parse(SECOND, "weight-decay", "two"),
    )


Scenario = Callable[[Bench, LessonPane, Pilot[None]], Coroutine[Any, Any, None]]


def play(home: Path, scenario: Scenario, *, size: tuple[int, int] = (60, 40), **more: Any) -> None:
    async def run() -> None:
        pane = LessonPane(id="lesson")
        app = Bench(home, pane, **{"lessons": lessons(), "preset": "bn", **more})
        async with app.run_test(size=size) as pilot:
            pane.focus_content()
            await pilot.pause()
            await scenario(app, pane, pilot)

    asyncio.run(run())


def shown(pane: LessonPane) -> str:
    """Return what the window of the page shows."""
    view = pane.view
    return "\n".join(view.render_line(y).text.rstrip() for y in range(view.size.height))


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


async def go_to(pane: LessonPane, pilot: Pilot[None], kind: str, number: int = 0, choice: int = 0) -> None:
    """Go down until the cursor is there."""
    for _ in range(200):
        at = pane.view.cursor
        if at is not None and (at.kind, at.number, at.choice) == (kind, number, choice):
            await pilot.pause()
            return
        pane.action_move(1)
    raise AssertionError(f"no way leads down to {kind} {number}")


def remembered(home: Path) -> dict[str, Any]:
    return json.loads((home / "learning.json").read_text(encoding="utf-8"))["lessons"]
