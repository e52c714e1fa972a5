"""The settings of the draft as they stand in their list."""

from network_lab import NetworkLab, play
from textual.pilot import Pilot

Pilots = Pilot[None]


def test_a_refusal_is_read_whole_beside_the_scroll_bar() -> None:
    async def scenario(app: NetworkLab, pilot: Pilots) -> None:
        app.go_to("model.convolutions")
        await pilot.press("enter")
        app.pane.setting_table.editor.value = "/nonex"
        await pilot.press("enter")
        await pilot.pause()
        table = app.pane.setting_table.list
        assert table.show_vertical_scrollbar
        problem = [line.spans for line in table.lines if line.spans[0][1] == "problem"]
        sentence = ["".join(text for text, _ in spans) for spans in problem]
        assert len(sentence) > 1
        # each of its lines stands on the screen whole, and none reaches the column of the scroll bar
        assert all(line in app.text and len(line) < table.size.width for line in sentence)

    play("bn-l2", scenario, size=(80, 21))
