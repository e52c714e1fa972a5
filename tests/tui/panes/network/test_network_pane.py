"""The network pane: what it shows of the draft, and what keys do to it."""

import pytest
from network_lab import NetworkLab, play
from textual.pilot import Pilot

from tuilab import presets
from tuilab.bases.named.vgg16 import BASE
from tuilab.experiment import SgdSpec, TransferSpec
from tuilab.tui.panes.network.settings import SETTINGS
from tuilab.tui.themes import THEMES

Pilots = Pilot[None]


def test_a_layer_says_name_shape_parameters_whether_it_trains_and_what_is_added() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        # 3*3*32*64 + 64 = 18,496, and 4*64 of batch normalization: 18,752
        assert [line for line in app.rows if "● block2_conv1 10×10×64 18.8k TRAINS BN L2" in line]
        assert [line for line in app.rows if "· block2_pool    3×3×64       —      drop" in line]
        assert [line for line in app.rows if "● classes" in line and "1.29k TRAINS" in line]

    play("bn-l2", scenario)


def test_the_last_layer_has_a_unit_for_each_class_of_the_images() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.draft.change({"data.source": "cifar100"})
        app.pane.draft_changed()
        await pilot.pause()
        assert [line for line in app.rows if "● classes" in line and "12.9k TRAINS" in line]

    play("bn-l2", scenario)


def test_layers_that_do_not_fit_are_put_together_by_block_and_named_one_by_one_where_there_is_room() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        assert "○ block1 ×3" in app.text
        assert "block1_conv1" not in app.text
        await pilot.resize_terminal(160, 46)
        await pilot.pause()
        for name in BASE.names:
            assert name in app.text
        assert "BN 0.99 → ReLU · dropout 0.5" in app.text, "notes are written out"

    play("iteration-i", scenario)


def test_totals_say_what_trains_what_a_batch_keeps_and_how_long_an_epoch_may_take() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        # the head: 512*256 + 256, 2 * 256 of gamma and beta, 256*10 + 10
        trained = 512 * 256 + 256 + 2 * 256 + 256 * 10 + 10
        assert f"{trained:,} of {14_714_688 + trained + 2 * 256:,} trainable · 6 tensors" in app.text
        assert "of activations for a batch of 64" in app.text
        assert " per epoch, " in app.text and " in all" in app.text
        assert "a guess: no runs measured here yet" in app.text

    play("iteration-i", scenario)


def test_a_switch_is_marked_with_what_it_was_and_undone() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        assert "◆" not in app.text
        app.go_to("model.batch_norm")
        await pilot.press("space")
        await pilot.pause()
        assert app.draft.settings == {"model.batch_norm": False}
        assert [line for line in app.rows if "◆ batch norm" in line and "○ off" in line and "was on" in line]
        assert "1 change · bn-l2" in app.rows[-1]
        assert [line for line in app.rows if "BN momentum" in line and "no BN" in line], "said to be idle"
        assert app.draft.undo()
        app.pane.draft_changed()
        await pilot.pause()
        assert "◆" not in app.text
        assert "1 change" not in app.text

    play("bn-l2", scenario, size=(50, 50))


@pytest.mark.parametrize(
    ("key", "typed", "reason"),
    [
        ("model.bn_momentum", "1.5", "it must be a number of at least 0 and below 1"),
        ("model.l2", "-1", "l2 = -1 is not allowed"),
        ("model.pool", "9", "leaves no image"),
        ("model.filters", "32 x", "it must be a list of 1 to 5 whole numbers"),
        ("training.epochs", "many", "it must be a whole number"),
        ("training.device", "tpu", "auto, cpu or gpu:K"),
        ("continue_from", "baselin", "did you mean 'baseline'?"),
        ("data.source", "/no/such/images", "does not exist"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_in_its_row_and_nothing_changes(
    key: str, typed: str, reason: str
) -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.go_to(key)
        await pilot.press("enter")
        app.pane.setting_table.editor.value = typed
        await pilot.press("enter")
        await pilot.pause()
        assert app.pane.setting_table.editing, "the editor stays"
        assert reason in said(app)
        assert said(app).split()[0] in app.text, "it is seen"
        assert app.draft.settings == {}
        assert not app.draft.undo()
        await pilot.press("escape")
        await pilot.pause()
        assert not app.pane.setting_table.editing
        assert app.pane.setting_table.list.has_focus
        assert said(app) == ""

    play("bn-l2", scenario, size=(70, 50))


def said(app: NetworkLab) -> str:
    """What is said under a row of the settings."""
    spans = [line.spans[0] for line in app.pane.setting_table.list.lines]
    return " ".join(text.strip(" ×") for text, role in spans if role == "problem")


def test_a_typed_value_is_taken_and_one_of_ones_own_need_not_be_a_step() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.go_to("optimizer.learning_rate")
        await pilot.press("enter", *"0.0123", "enter")
        await pilot.pause()
        assert not app.pane.setting_table.editing
        assert app.draft.settings == {"optimizer.learning_rate": 0.0123}
        await pilot.press("right")
        await pilot.pause()
        assert app.draft.experiment.optimizer.learning_rate == 0.03
        await pilot.press("left", "left")
        await pilot.pause()
        assert app.draft.experiment.optimizer.learning_rate == 0.003

    play("bn-l2", scenario)


def test_down_in_the_editor_takes_the_value_and_goes_on() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.go_to("training.epochs")
        await pilot.press("enter", "7", "down")
        await pilot.pause()
        assert app.draft.experiment.training.epochs == 7
        assert app.pane.setting_table.list.cursor == "training.batch_size"
        await pilot.press("enter", *"none", "down")
        await pilot.pause()
        assert app.pane.setting_table.list.cursor == "training.batch_size", "a refused value holds the cursor"

    play("bn-l2", scenario)


def test_keys_of_the_lab_are_letters_in_the_editor() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.go_to("model.weights")
        await pilot.press("enter", "x", "w", "backspace", "space", "minus")
        await pilot.pause()
        assert app.pane.setting_table.editor.value == "x -"
        assert app.draft.settings == {}

    play("iteration-i", scenario)


def test_the_boundary_goes_through_every_layer_of_the_base_and_back() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        words = ["none", *(f"last-{n}" for n in range(1, 18)), "all"]
        seen = []
        for step in (1, -1):
            for layer in range(18):
                seen.append(unfreeze(app))
                app.pane.action_unfreeze(step)
                if layer % 6 == 5:
                    await pilot.pause()
                    assert app.text.count("unfrozen from here") == 1
        assert seen == [*words[:-1], *reversed(words[1:])]
        assert unfreeze(app) == "none"
        app.pane.action_unfreeze(-1)
        await pilot.pause()
        assert app.draft.depth == 36
        assert app.changes == 36, "at the end nothing changes"

    play("iteration-i", scenario, size=(80, 40))


def unfreeze(app: NetworkLab) -> str:
    model = app.draft.experiment.model
    assert isinstance(model, TransferSpec)
    return model.unfreeze


def test_the_preset_s_own_words_are_there_again_where_the_boundary_is_back() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.pane.action_unfreeze(1)
        await pilot.pause()
        assert unfreeze(app) == "last-5"
        app.pane.action_unfreeze(-1)
        await pilot.pause()
        assert unfreeze(app) == "blocks:3"
        assert app.draft.settings == {}

    play("iteration-iii", scenario)


def test_a_base_that_trains_in_its_middle_only_says_where_it_is_frozen_again() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.draft.change({"model.last_layer": "block5_pool"})
        app.pane.draft_changed()
        await pilot.pause()
        assert app.text.index("unfrozen from here") < app.text.index("frozen again")

    play("iteration-iii", scenario)


def test_a_network_without_a_base_says_that_there_is_nothing_to_unfreeze() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.pane.action_unfreeze(1)
        assert len(app.said) == 1
        assert "no base" in app.said[0]
        assert app.draft.settings == {}

    play("bn", scenario)


def test_a_shallower_base_takes_the_boundary_along_where_it_has_to() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.go_to("model.last_layer")
        for _ in range(17):
            app.pane.setting_table.step(-1)
        await pilot.pause()
        model = app.draft.experiment.model
        assert isinstance(model, TransferSpec)
        assert (model.last_layer, model.unfreeze) == ("block1_conv1", "all")
        await pilot.press("x")
        await pilot.pause()
        assert app.draft.settings == {}

    play("iteration-ii", scenario)


def test_there_and_back_to_the_preset_s_kind_of_network_its_settings_are_there_again() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.go_to("model.kind")
        await pilot.press("right")
        await pilot.pause()
        assert isinstance(app.draft.experiment.model, TransferSpec)
        assert "block5" in app.text
        await pilot.press("left")
        app.go_to("optimizer.kind")
        await pilot.press("right")
        await pilot.pause()
        assert app.draft.experiment.optimizer.kind == "adam"
        await pilot.press("left")
        await pilot.pause()
        assert app.draft.settings == {}
        optimizer = app.draft.experiment.optimizer
        assert isinstance(optimizer, SgdSpec)
        assert optimizer.momentum == 0.9

    play("bn-l2", scenario)


def test_backspace_takes_one_change_off_and_x_all() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        for key in ("model.l2", "model.bn_momentum", "training.epochs"):
            app.go_to(key)
            await pilot.press("right")
        await pilot.pause()
        assert "3 changes · bn-l2" in app.rows[-1]
        await pilot.press("backspace")
        await pilot.pause()
        assert set(app.draft.settings) == {"model.l2", "model.bn_momentum"}
        await pilot.press("x")
        await pilot.pause()
        assert app.draft.settings == {}
        assert app.draft.undo()
        assert set(app.draft.settings) == {"model.l2", "model.bn_momentum"}

    play("bn-l2", scenario)


def test_above_the_first_setting_are_the_layers_and_space_puts_the_boundary_there() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        await pilot.press("up")
        assert app.pane.layer_list.has_focus
        assert app.pane.layer_list.cursor == "classes"
        app.pane.layer_list.put_cursor("block4_conv2")
        await pilot.press("space")
        await pilot.pause()
        assert unfreeze(app) == "last-7"
        await pilot.press("end", "up", "enter")
        await pilot.pause()
        assert app.pane.setting_table.list.has_focus
        assert app.pane.setting_table.list.cursor == "model.head.dense"

    play("iteration-i", scenario, size=(160, 46))


@pytest.mark.parametrize("preset", ["bn-l2", "iteration-iv"])
def test_every_setting_can_be_stepped_cycled_typed_and_reset_in_its_row(preset: str) -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        table = app.pane.setting_table
        for key in table.list.keys:
            app.go_to(key)
            for step in (1, -1, -1):
                table.step(step)
            table.step(1, around=True)
            app.pane.draft_changed()
            table.edit()
            table.submit()
            app.pane.draft_changed()
            table.reset()
            app.pane.draft_changed()
            assert not table.editing
            assert app.draft.settings == {}, key
        await pilot.pause()

    play(preset, scenario)


@pytest.mark.parametrize("size", [(10, 3), (12, 5), (24, 10), (40, 12), (80, 21), (300, 90)])
def test_every_size_can_be_drawn_and_used(size: tuple[int, int]) -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        await pilot.press("down", "right", "enter", "up", "up", "space")
        await pilot.pause()
        assert all(len(row) <= size[0] for row in app.rows)

    play("bn-l2" if size[0] < 40 else "iteration-ii", scenario, size=size)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES if not theme.ansi])
def test_every_theme_can_draw_it(theme: str) -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        assert "TRAINS" in app.text

    play("iteration-iii", scenario, theme=theme)


def test_moving_the_cursor_paints_two_lines_of_the_list() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        painted: list[int] = []
        table = app.pane.setting_table.list
        before = table.render_line

        def count(y: int):
            painted.append(y)
            return before(y)

        table.render_line = count  # type: ignore[method-assign]
        await pilot.press("down")
        await pilot.pause()
        assert len(set(painted)) == 2

    play("bn-l2", scenario)


def test_every_setting_of_an_experiment_has_a_row_and_a_meaning() -> None:
    from tuilab.experiment.dotted import dotted
    from tuilab.tui.panes.network.settings import tip

    rows = {setting.key: setting for setting in SETTINGS}
    for preset in presets.load_all():
        assert set(dotted(preset.experiment)) <= set(rows)
        for key in dotted(preset.experiment):
            assert len(tip(rows[key], preset.experiment)) >= 10, key
    assert all(len(setting.label) <= 13 for setting in SETTINGS)


def test_text_from_outside_is_shown_and_does_nothing() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.draft.change({"data.source": "[bold]\x1b[31m" + "a" * 300})
        app.pane.draft_changed()
        app.go_to("data.source")
        await pilot.pause()
        assert "[bold]\\e[31m" in app.text
        assert "\x1b" not in app.text

    play("bn-l2", scenario)
