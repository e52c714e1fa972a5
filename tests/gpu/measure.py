"""All that is claimed of a GPU, measured on this one within minutes: a line of JSON for each, then a table.

    python tests/gpu/measure.py --images FOLDER --weights FILE --out FOLDER [--seconds N] [PART ...]

Parts, in the order in which they run: ``machine`` (what there is, the rate of a matrix product), ``rates``
(what epochs and steps of single presets take: plain Keras, compiled and not, deterministic and not),
``course`` (the CNN's four presets for 100 epochs on all images, recorded-i for ten, and five epochs of bn in
other precisions; side by side, so not timed), ``bench`` (beside plain Keras, in fresh processes), ``tests``
(the tests marked ``gpu``). Without names, all. What fails or takes too long is told as such, and the next
part begins.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TUILAB = (sys.executable, "-m", "tuilab")
RATES = (
    "bn:float32:64:keras", "bn:float32:64:xla", "recorded-i:mixed_bfloat16:512:xla",
    "recorded-i:mixed_bfloat16:64:xla", "iteration-iii:float32:64:keras", "iteration-iii:float32:64:xla",
    "bn:float32:64:graph", "bn:float32:64:xla-random", "iteration-iii:float32:64:xla-random",
    "recorded-i:mixed_bfloat16:512:xla-random", "bn-l2:float32:64:keras", "bn-l2:float32:64:xla",
    "baseline:float32:64:keras", "baseline:float32:64:xla", "iteration-ii:float32:64:keras",
    "iteration-ii:float32:64:xla", "iteration-iv:float32:64:keras", "iteration-iv:float32:64:xla",
    "recorded-i:mixed_bfloat16:4096:xla", "bn:mixed_bfloat16:64:xla",
)  # fmt: skip
"""What ``rates.py`` measures, the most telling first."""
_LONG = ("--epochs", "100")
_HALF = ("--set", "training.precision=mixed_bfloat16")
RUNS = {
    **{preset: ("-p", preset, *_LONG) for preset in ("baseline", "bn", "bn-momentum", "bn-l2")},
    "recorded-i": ("-p", "recorded-i"),
    "recorded-i-bf16": ("-p", "recorded-i", *_HALF),
    "bn-graph-5": ("-p", "bn", "--set", "training.xla=off"),
    "bn-bf16-5": ("-p", "bn", *_HALF),
}
"""What ``course`` trains."""
BENCH = (
    ("bn", 3, ()), ("iteration-ii", 4, ("--warm",)), ("iteration-iii", 3, ()), ("baseline", 3, ()),
    ("bn-l2", 3, ()), ("iteration-iv", 3, ()), ("bn-momentum", 3, ()),
)  # fmt: skip
"""Presets, epochs and options, the most telling first."""


@dataclass
class Measuring:
    """What is measured with, and until when."""

    images: Path
    weights: Path
    out: Path
    until: float
    settings: tuple[str, ...]
    runs: tuple[str, ...]
    rates: tuple[str, ...]
    said: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - time.monotonic()

    def say(self, part: str, **values: Any) -> None:
        """Keep a result, also on the disk."""
        line = {"part": part, **values}
        self.said.append(line)
        text = json.dumps(line)
        with (self.out / "results.jsonl").open("a") as file:
            file.write(text + "\n")
        print(text[:400], flush=True)

    def run(
        self, command: Sequence[str], seconds: float, log: str, environment: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Run a command for so long at most; return its exit code (124: too long) and what it printed."""
        with (self.out / log).open("ab") as file:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=file, text=True, start_new_session=True,
                env={**os.environ, **(environment or {})},
            )  # fmt: skip
            try:
                printed, _ = process.communicate(timeout=max(1.0, min(seconds, self.left)))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                printed, _ = process.communicate()
                return 124, printed
        return process.returncode, printed


def machine(given: Measuring) -> None:
    """What doctor says, and how fast two matrices are multiplied."""
    code, text = given.run([*TUILAB, "doctor"], 60, "doctor.log")
    (given.out / "doctor.txt").write_text(text)
    given.say("machine", what="doctor", code=code)
    code, text = given.run([sys.executable, "-m", "tuilab.engine.matmul"], 60, "matmul.log")
    given.say("machine", what="matrix product", code=code, printed=text.strip())


def rates(given: Measuring, seconds: float = 150, at_once: int = 8) -> None:
    """What epochs and steps take: processes prepare side by side, and take turns with the device."""
    waiting, going = list(given.rates or RATES), {}
    until = time.monotonic() + min(seconds, given.left)
    # plain Keras would take all of the device's memory, and leave the others none
    environment = {**os.environ, "TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CPP_MIN_LOG_LEVEL": "2"}
    while (waiting or going) and time.monotonic() < until:
        while waiting and len(going) < at_once:
            config = waiting.pop(0)
            command = [sys.executable, str(HERE / "rates.py"), config, str(given.out / "turn.lock")]
            log = (given.out / "rates.log").open("ab")
            going[config] = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
                start_new_session=True,
            )
        for config, process in list(going.items()):
            if process.poll() is not None:
                del going[config]
                printed, _ = process.communicate()
                last = printed.strip().splitlines()[-1:]
                given.say(
                    "rates", **(json.loads(last[0]) if last else {"config": config}), code=process.returncode
                )
        time.sleep(0.1)
    for config, process in going.items():
        os.killpg(process.pid, signal.SIGKILL)
        given.say("rates", config=config, error="no time left")


def _train(given: Measuring, name: str, *words: str) -> tuple[str, subprocess.Popen[bytes]]:
    home = given.out.parent / "homes" / name
    home.mkdir(parents=True, exist_ok=True)
    command = [*TUILAB, "run", "--data", str(given.images), "--device", "auto", *words]
    command += [word for setting in given.settings for word in ("--set", setting)]
    log = (given.out.parent / "homes" / f"{name}.log").open("wb")
    environment = {**os.environ, "TUILAB_HOME": str(home)}
    return name, subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)


def course(given: Measuring) -> None:
    """The CNN's presets for 100 epochs, and others beside them."""
    base = ("--weights", str(given.weights))
    chosen = {name: words for name, words in RUNS.items() if not given.runs or name in given.runs}
    going = [
        _train(given, name, *words, *(base if name.startswith("recorded") else ()))
        for name, words in chosen.items()
    ]
    began = time.monotonic()
    while any(process.poll() is None for _, process in going) and given.left > 15:
        time.sleep(0.5)
    for _, process in going:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    for name, process in going:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        given.say("course", **_trained(given.out.parent / "homes" / name), name=name, code=process.returncode)
    given.say("course", what="all side by side", seconds=round(time.monotonic() - began, 1))
    subprocess.run(
        ["tar", "--exclude=checkpoints", "--exclude=cache", "-czf", str(given.out / "runs.tar.gz"), "homes"],
        cwd=given.out.parent, check=False,
    )  # fmt: skip


def _trained(home: Path) -> dict[str, Any]:
    """Return what the one run of a home came to, and the first epoch in the course's band."""
    from tuilab import presets
    from tuilab.runs.run import Run
    from tuilab.runs.summary import summarize

    found = sorted((home / "runs").glob("*")) if (home / "runs").is_dir() else []
    if not found:
        return {"error": "no run"}
    summary = summarize(Run(found[-1]))
    values = [epoch.val_accuracy for epoch in summary.epochs]
    band = presets.find(summary.manifest.preset or "bn").course.expected
    reached = next((n for n, value in enumerate(values, 1) if band and value >= band[0]), None)
    return {
        "state": summary.state,
        "epochs": len(values),
        "best": max(values, default=None),
        "last": values[-1] if values else None,
        "reached": reached,
        "test": summary.evaluated.test_accuracy if summary.evaluated else None,
        "first": [round(value, 4) for value in values[:5]],
        "seconds": [round(epoch.seconds, 2) for epoch in summary.epochs][:12],
    }


def bench(given: Measuring) -> None:
    """Plain Keras and tuilab."""
    for preset, epochs, options in BENCH:
        if given.left < 45:
            given.say("bench", preset=preset, error="no time left")
            continue
        command = [*TUILAB, "bench", "-p", preset, "--images", "50000", "--test-images", "10000", *options]
        command += ["--epochs", str(epochs), "--data", str(given.images), "--json"]
        command += ["--weights", str(given.weights)] if preset.startswith("iteration") else []
        command += [word for setting in given.settings for word in ("--set", setting)]
        began = time.monotonic()
        code, text = given.run(command, 200, "bench.log")
        took = round(time.monotonic() - began, 1)
        if code:
            given.say("bench", preset=preset, code=code, took=took)
            continue
        job = json.loads(text)["jobs"][0]
        for way in ("plain", "tuilab", "warm"):
            for one in job["pairs"][0].get(way, {}).get("trained", []):
                given.say(
                    "bench", preset=one["preset"], way=way, took=took, seconds=round(one["seconds"], 2),
                    epoch_seconds=[round(value, 3) for value in one["epoch_seconds"]],
                    test_accuracy=one["test_accuracy"],
                )  # fmt: skip


def tests(given: Measuring) -> None:
    """The tests that need a GPU."""
    # without the other tests' conftest and plugins, which a card's machine may lack
    alone = ("-o", "addopts=", "--confcutdir", str(HERE), "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *alone, "-m", "gpu", "-rs", "-v", str(HERE)]
    code, text = given.run(command, 280, "tests.log")
    (given.out / "tests.txt").write_text(text)
    given.say("tests", code=code, last=text.strip().splitlines()[-1:] or [""])


PARTS: dict[str, Callable[[Measuring], None]] = {
    "machine": machine, "rates": rates, "course": course, "bench": bench, "tests": tests
}  # fmt: skip


def table(said: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table of all that was measured."""
    epochs: dict[tuple[str, str], list[float]] = {}
    for one in said:
        match one["part"]:
            case "rates" if "epoch_seconds" in one:
                epochs[one["config"].rpartition(":")[0], one["config"].rpartition(":")[2]] = one[
                    "epoch_seconds"
                ]
                rate = f", {one['images_per_second']:,.0f} images/s" if "images_per_second" in one else ""
                yield f"{one['config']:42} epochs {one['epoch_seconds']}{rate}"
            case "course" if "name" in one:
                names = ("state", "epochs", "best", "last", "reached", "test")
                yield f"{one['name']:18} {', '.join(f'{name} {one.get(name)}' for name in names)}"
            case "bench" if "way" in one:
                epochs[one["preset"], one["way"]] = one["epoch_seconds"]
                what = f"{one['preset']:16} {one['way']:7} {one['seconds']:8.1f} s"
                yield f"{what}, epochs {one['epoch_seconds']}"
            case _:
                yield json.dumps(one)[:200]
    for (preset, way), seconds in epochs.items():
        plain = epochs.get((preset, "plain")) or epochs.get((preset, "keras"))
        if way not in ("plain", "keras") and plain:
            yield f"{preset}, {way}: an epoch {min(plain) / min(seconds):.2f} times as fast as in plain Keras"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=570)
    parser.add_argument("--set", action="append", default=[], help="a setting of every training")
    parser.add_argument("--runs", nargs="*", choices=[*RUNS], default=[], help="those of the course")
    parser.add_argument("--rates", nargs="*", default=[], help="instead of the usual ones")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + given.seconds
    measuring = Measuring(
        given.images,
        given.weights,
        given.out.absolute(),
        until,
        tuple(given.set),
        tuple(given.runs),
        tuple(given.rates),
    )
    for name in given.parts or list(PARTS):
        began = time.monotonic()
        try:
            PARTS[name](measuring)
        except Exception as error:  # noqa: BLE001 - told, and the next part begins
            measuring.say(name, error=repr(error)[:600])
        measuring.say(name, what="part", seconds=round(time.monotonic() - began, 1))
    print("\n".join(["", *table(measuring.said)]))


if __name__ == "__main__":
    main()
