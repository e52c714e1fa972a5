"""When an app is done with what it was given, told by its event loop instead of by a clock.

Textual's pilot waits after every key until the process has used next to no processor time for 20 ms: that is
too early where the machine is busy with something else, and too late everywhere else.
"""

import asyncio
import contextlib
from typing import Any, cast

from textual import app, pilot
from textual._context import active_app

from tuilab.tui.background import Background

SOON = 1 / 50
"""Seconds: what a timer does within these is waited for, as Textual's own waiting does."""
MOST, MOST_OF_A_JOB = 20.0, 1.0
"""Seconds after which nobody waits any longer: for the loop, and for a job that a test may hold up."""


def install() -> None:
    """Have Textual's pilot wait so."""
    for module in (app, pilot):
        vars(module)["wait_for_idle"] = wait_for_idle


async def wait_for_idle(*seconds: float) -> None:
    """Wait until the loop has nothing to do now or soon, and the app's background thread has no job left."""
    loop = asyncio.get_running_loop()
    for _ in range(2):  # what a job restored may have given it another one
        await _rest(loop, loop.time() + SOON)
        await _background_done()
    await _rest(loop, loop.time())


async def _rest(loop: asyncio.AbstractEventLoop, soon: float) -> None:
    """Wait until nothing is ready, and no timer is due before ``soon``."""
    inside = cast(Any, loop)  # asyncio has no other way to say what it still has to do
    until = loop.time() + MOST
    while loop.time() < until:
        await asyncio.sleep(0)
        if inside._ready:
            continue
        due = min((handle.when() for handle in inside._scheduled if not handle.cancelled()), default=until)
        if due > soon:
            return
        await asyncio.sleep(due - loop.time())


async def _background_done() -> None:
    background = getattr(active_app.get(None), "background", None)
    if not isinstance(background, Background):
        return
    done = asyncio.Event()
    background.run(lambda: None, lambda _: done.set())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), MOST_OF_A_JOB)
