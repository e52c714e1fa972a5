"""Over which rates a test may go, each refusal a sentence; and what travels to its process and back."""

import math

import pytest

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.rate.request import RateRequest, Span, span
from tuilab.rate.said import RateStep, adapter


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"lowest": 0.0}, "--lowest 0 is not allowed"),
        ({"lowest": math.nan}, "--lowest nan is not allowed"),
        ({"highest": math.inf}, "--highest inf is not allowed"),
        ({"lowest": 1.0, "highest": 1.5}, "at least twice the lowest"),
        ({"steps": 19}, "it must be from 20 to 100,000"),
        ({"steps": 100_001}, "it must be from 20 to 100,000"),
        ({"smoothing": 1.0}, "at least 0 and below 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_span_that_is_not_allowed_is_refused(changed: dict[str, float], words: str) -> None:
    whole = {"lowest": 1e-5, "highest": 10.0, "steps": 300, "smoothing": 0.9, **changed}
    with pytest.raises(UsageError, match=words):
        span(whole["lowest"], whole["highest"], int(whole["steps"]), whole["smoothing"])


@pytest.mark.parametrize("preset", [preset.name for preset in presets.load_all()])
def test_every_preset_travels_without_loss(preset: str) -> None:
    request = RateRequest(experiment=presets.find(preset).experiment, preset=preset, span=Span())
    assert RateRequest.model_validate_json(request.model_dump_json()) == request


def test_a_loss_that_is_no_number_travels_too() -> None:
    step = RateStep(step=3, learning_rate=0.1, cross_entropy=math.inf, penalty=math.nan)
    again = adapter.validate_json(step.model_dump_json())
    assert isinstance(again, RateStep)
    assert again.cross_entropy == math.inf and math.isnan(again.penalty) and math.isnan(again.loss)
