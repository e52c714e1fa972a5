"""A draft of the network pane is saved as a preset of one's own, under a name that is allowed."""

import pytest
from network_lab import NetworkLab, play
from textual.pilot import Pilot
from textual.widgets import Input

from tuilab import presets
from tuilab.lab.preset_saving import save_own

Pilots = Pilot[None]


def test_a_saved_preset_reads_back_equal_and_is_on_the_desk() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.draft.change({"model.l2": 0.003, "training.epochs": 7})
        wanted = app.draft.experiment
        await pilot.press("w")
        await pilot.pause()
        assert "bn-l2 with 2 changes" in app.text
        assert str(presets.own_folder())[:20] in app.text
        await pilot.press(*"my-l2", "down", *"Mine", "enter")
        await pilot.pause()
        saved = presets.find("my-l2")
        assert (saved.experiment, saved.title, saved.own) == (wanted, "Mine", True)
        assert (app.draft.preset.name, app.draft.settings) == ("my-l2", {})
        assert "my-l2" in app.rows[-1]
        assert app.draft.undo()
        assert app.draft.preset.name == "bn-l2"
        assert app.draft.experiment == wanted

    play("bn-l2", scenario, size=(80, 24))


@pytest.mark.parametrize(
    ("name", "title", "reason"),
    [
        ("My L2", "Mine", "is 1 to 64 lowercase letters, digits and hyphens"),
        ("bn", "Mine", "is one of tuilab's own presets"),
        ("", "Mine", "cannot name a preset"),
        ("../../etc", "Mine", "cannot name a preset"),
        ("taken", "Mine", "there is already a preset 'taken'"),
        ("free", "  ", "is not allowed as a title"),
    ],
)
def test_a_name_or_title_that_is_not_allowed_is_refused_with_the_reason(
    name: str, title: str, reason: str
) -> None:
    bn = presets.find("bn")
    save_own("taken", "there before", bn, bn.experiment)

    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        await pilot.press("w")
        await pilot.pause()
        app.screen.query_one("#save-preset-name", Input).value = name
        app.screen.query_one("#save-preset-title", Input).value = title
        await pilot.press("enter")
        await pilot.pause()
        assert reason in " ".join(row.strip("│ ") for row in app.rows)
        await pilot.press("escape")
        await pilot.pause()
        assert app.draft.preset.name == "bn-l2"
        assert presets.find("taken").title == "there before"
        assert [preset.name for preset in presets.load_all() if preset.own] == ["taken"]

    play("bn-l2", scenario, size=(80, 24))


def test_a_preset_of_ones_own_can_be_replaced() -> None:
    bn = presets.find("bn")
    save_own("mine", "first", bn, bn.experiment)

    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.draft.change({"training.epochs": 9})
        await pilot.press("w", "ctrl+r")
        await pilot.pause()
        assert presets.find("mine").experiment.training.epochs == 9
        assert app.draft.preset == presets.find("mine")

    play("mine", scenario, size=(80, 24))
