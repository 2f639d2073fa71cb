"""How catalogues are read, beside how Babel reads them."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from hypothesis import given
from hypothesis import strategies as st

from bot import i18n
from tests.catalogues import catalogue


@pytest.mark.parametrize("name", ["zh", "zh_TW", "en"])
def test_catalogues_are_read_as_babel_reads_them(name: str) -> None:
    """Every text and every form of it, its escapes and its lines that go on, and the rule of plurals."""
    theirs, ours = catalogue(name), dict(i18n.read_catalogue(name))
    assert f"plural={theirs.plural_expr};" in ours.pop("")[0]
    texts = {each.id if isinstance(each.id, str) else each.id[0]: each.string for each in theirs if each.id}
    assert {key: (each,) if isinstance(each, str) else each for key, each in texts.items()} == ours


@given(st.lists(st.text(st.sampled_from('"\\nt\n\t a：{}#'), max_size=120), min_size=1, max_size=9))
def test_a_catalogue_may_hold_whatever_a_string_can(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> None:
    """Quotation marks, backslashes, line ends and texts over several lines, in one form or two."""
    written, folder = Catalog(), tmp_path_factory.mktemp("catalogue")
    for number, text in enumerate(said):
        written.add(f"key{number}", text)
    written.add(("many", "many"), (said[0], said[-1]))
    (folder / "locale").mkdir()
    with (folder / "locale" / "xx.po").open("wb") as file:
        write_po(file, written, width=40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n, "__file__", str(folder / "i18n.py"))
        found = i18n.read_catalogue("xx")
    assert [found[f"key{number}"] for number in range(len(said))] == [(text,) for text in said]
    assert found["many"] == (said[0], said[-1])
