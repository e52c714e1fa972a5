"""TOML made to fill the memory or the stack is refused; whatever else is TOML is read as ever."""

import tomllib
import tracemalloc

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from tuilab.files.bounded_toml import DEEPEST, parse_toml

LONG = ".".join("a" * 20_000)
BOMBS = {
    "a dotted key": f"{LONG} = 1",
    "a key of quoted parts": ".".join(['"a"'] * 20_000) + " = 1",
    "a key with spaces": f"{' . '.join('a' * 20_000)} = 1",
    "a table's name": f"[{LONG}]",
    "a name of a list of tables": f"[[{LONG}]]",
    "a key in a table within": f"x = {{ {LONG} = 1 }}",
    "a key behind a comment": f"# '\n{LONG} = 1",
    "a key behind a text of lines": f'x = {{ y = """a"""", {LONG} = "b" }}',
    "a key behind five quotes": f'x = {{ y = """a""""", {LONG} = "b" }}',
    "a key behind a literal text": f"x = {{ y = '''a'''', {LONG} = 'b' }}",
    "a key behind an escaped quote": f'x = {{ y = "\\"", {LONG} = "b" }}',
    "brackets": "x = " + "[" * 100_000,
    "braces": "x = " + "{a=" * 100_000,
    "lists within lists": f"x = {'[' * 20}1{']' * 20}",
    "names upon names": f"[{'.'.join('abcdefghijkl')}]\n{'.'.join('abcdefghijkl')} = 1",
    "a number of very many digits": "x = " + "9" * 100_000,
    "escaped quotes without end": 'x = """' + '\\"' * 100_000,
    "quotes without end": "x = " + '"' * 100_001,
    "texts that do not end": "x = '''" + "''\n" * 50_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_and_takes_little_memory(text: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):
            parse_toml(text)
        assert tracemalloc.get_traced_memory()[1] < 40 * 2**20
    finally:
        tracemalloc.stop()


TEXTS = {
    "dots in a text": f'x = "{LONG}"',
    "dots in a text of lines": f'x = """\n{LONG} ""{LONG}"""',
    "dots in a literal text": f"x = '{LONG}'",
    "dots in a comment": f"x = 1 # {LONG}",
    "dots behind an escape": f'x = "\\\\\\"{LONG}"',
    "sentences": "x = '''" + "Yes. No. " * 100 + "'''",
    "numbers": f"x = [{', '.join(['1.5'] * 1000)}]",
    "a key of as many parts as are allowed": f"{'.'.join('a' * DEEPEST)} = 1",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_dots_that_are_no_key_are_read(text: str) -> None:
    assert parse_toml(text) == tomllib.loads(text)


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs"]))
        | st.integers(-9, 9)
        | st.sampled_from([LONG, "'", '"""']),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.'\"", min_size=1), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_whatever_is_written_is_read_again(value: object) -> None:
    text = tomlkit.dumps({"x": value})
    assert parse_toml(text) == tomllib.loads(text)


@given(st.text("ab.='\"[]{}#\\\n ,1", max_size=60))
def test_any_text_is_a_table_or_a_value_error(text: str) -> None:
    try:
        expected = tomllib.loads(text)
    except ValueError:
        with pytest.raises(ValueError):
            parse_toml(text)
    else:
        assert parse_toml(text) == expected
