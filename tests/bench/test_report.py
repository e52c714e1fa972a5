"""What a person reads and a program gets."""

import dataclasses
import json
import math
from pathlib import Path

from passages import CONDITIONS, bn_job, measured, pair, passage, trained

from tuilab.bench.measuring import Pair
from tuilab.bench.report import Measured, as_object, condition_lines, job_lines, sentence


def test_a_table_has_a_row_a_pair_and_way_and_the_medians(tmp_path: Path) -> None:
    lines = job_lines(measured(tmp_path, pair(10, 5), pair(12, 4)), CONDITIONS)
    assert lines[0] == "bn, epochs: 5"
    assert lines[1].split() == [
        "pair",
        "way",
        "trains",
        "seconds",
        "s/epoch",
        "images/s",
        "GFLOP/s",
        "peak",
        "MB",
    ]
    assert [line.split()[0] for line in lines[2:8]] == ["1", "1", "2", "2", "median", "median"]
    assert lines[6].split()[4] == "11.0" and lines[7].split()[3] == "4.5"
    assert "times as fast as plain Keras; median 2.50" in lines[8] and "2.00, 3.00" in lines[8]
    assert "validation 0.0000" in lines[9]
    assert max(map(len, lines[:8])) <= 80


def test_a_chain_has_a_row_a_training_and_one_for_all(tmp_path: Path) -> None:
    steps = [trained("iteration-i", 30), trained("iteration-ii", 20)]
    both = Pair(passage("plain Keras", *steps), passage("tuilab", *steps))
    lines = job_lines(Measured(bn_job(tmp_path, "iteration-ii"), (both,)), CONDITIONS)
    assert next(line.split() for line in lines if "in all" in line)[-2:] == ["50.0", "900"]
    assert sum(" iteration-i  " in line for line in lines[2:]) == 2


def test_a_chain_says_how_fast_each_training_is_and_a_warm_way_stands_beside(tmp_path: Path) -> None:
    plain, cold, warm = (
        [trained("iteration-i", a), trained("iteration-ii", b)] for a, b in ((60, 20), (10, 10), (4, 6))
    )
    both = Pair(passage("plain Keras", *plain), passage("tuilab", *cold), passage("tuilab warm", *warm))
    chain = Measured(bn_job(tmp_path, "iteration-ii"), (both,))
    lines = job_lines(chain, CONDITIONS)
    assert "tuilab is 4.00 times as fast as plain Keras (iteration-i 6.00, iteration-ii 2.00)" in lines
    assert "tuilab warm is 8.00 times as fast as plain Keras (iteration-i 15.00, iteration-ii 3.33)" in lines
    (job,) = as_object([chain], CONDITIONS)["jobs"]
    assert job["median"]["ratio"] == 4 and job["median"]["warm_ratio"] == 8
    assert job["pairs"][0]["warm"]["seconds"] == 10


def test_one_sentence_says_what_it_means(tmp_path: Path) -> None:
    fast = sentence(measured(tmp_path, pair(61, 10, off=0.0001)), CONDITIONS)
    assert fast.startswith(
        "tuilab trains bn 6.1 times as fast as plain Keras here; the same results within 0.0002"
    )
    assert "epochs of plain Keras reach " in fast
    slow = sentence(measured(tmp_path, pair(10, 12.5)), CONDITIONS)
    assert slow.startswith("plain Keras trains bn 1.25 times as fast as tuilab here")
    wrong = sentence(measured(tmp_path, pair(61, 10, off=0.1)), CONDITIONS)
    assert "but the results differ by up to 0.2000 in accuracy" in wrong


def test_the_ground_is_told(tmp_path: Path) -> None:
    text = "\n".join(condition_lines(CONDITIONS))
    assert "50 GFLOP/s" in text and "tensorflow 2.21.0" in text and "500 training" in text


def test_the_object_holds_everything_and_is_json(tmp_path: Path) -> None:
    broken = dataclasses.replace(trained(), test_cross_entropy=math.nan)
    one = Measured(
        bn_job(tmp_path), (pair(10, 5), Pair(passage("plain Keras", broken), passage("tuilab", broken)))
    )
    found = json.loads(json.dumps(as_object([one], CONDITIONS), allow_nan=False))
    assert found["matmul_flops"] == 50e9
    (job,) = found["jobs"]
    assert job["pairs"][0]["ratio"] == 2 and job["median"]["ratio"] == 1.5
    assert job["pairs"][0]["plain"]["trained"][0]["history"]["val_accuracy"] == [0.5, 0.5, 0.5]
    assert job["pairs"][1]["tuilab"]["trained"][0]["test_cross_entropy"] is None
    assert job["experiments"][0]["digest"] == one.job.steps[0][1].digest
