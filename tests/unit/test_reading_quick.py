"""The quick ways of reading HTML say what the thorough ones say."""

from __future__ import annotations

import html
import re
from pathlib import Path
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading import said
from bot.reading.doc import paragraph
from bot.reading.html import mask as masking
from bot.reading.html import to_doc

_NOTHING = re.compile(r"(?!)")
_SIGNS = "\\( \\) \\[ \\] \\ \\\\ \\a \\eqref{a} \\begin{align} \\end{align} $ $$ x_i & &lt; <br> </p> ( ) ， 中文 { }"
_PIECES = st.sampled_from([*_SIGNS.split(), " ", "\n", "\n\n"])
_FEW = st.lists(st.sampled_from(["\\", "(", ")", "a", "\n", "$"]), max_size=12)


def both(source: str) -> tuple[object, object]:
    """Mask with the quick way and without it."""
    quick = masking.mask(source)
    with mock.patch.object(masking, "_ORDINARY", _NOTHING):
        return quick, masking.mask(source)


@settings(max_examples=300)
@given(
    (st.lists(_PIECES, max_size=30) | _FEW).map("".join), st.sampled_from(("", "\\(\\a", "\\(\\a" + "x" * 1600 + "\\)"))
)
def test_ordinary_formulas_are_found_alike(text: str, before: str) -> None:
    """Whatever stands between the brackets, and however long it is."""
    for source in (before + text, f"\\({text}\\)", f"a \\(\\b{text}\\) c"):
        quick, thorough = both(source)
        assert quick == thorough


def test_ordinary_formulas_of_real_feeds_are_found_alike(real_feeds: Path) -> None:
    """Their texts as they stand, with all that feeds escape resolved once."""
    found = 0
    for path in sorted((real_feeds / "snapshots").iterdir()):
        body = path.read_bytes()
        if b"\\(" in body:
            source = html.unescape(body.decode("utf-8", "replace"))
            found += len(masking._ORDINARY.findall(source))
            quick, thorough = both(source)
            assert quick == thorough
    assert found > 20


def test_the_last_formula_is_not_written_to_look_for_a_tail() -> None:
    """It takes 0.1 ms; one in a tail is."""
    said.formula.cache_clear()
    assert len(to_doc("<p>a</p><p>b \\(x_1^2\\) c</p>").blocks) == 2
    assert said.formula.cache_info().misses == 0
    assert to_doc("<p>a</p><p>The post Why \\(L^2\\) appeared first on B.</p>").blocks == (paragraph("a"),)
