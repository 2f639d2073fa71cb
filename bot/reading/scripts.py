"""Raised and lowered text in Unicode's own superscript and subscript characters, where every character has one."""

from __future__ import annotations

_RAISED = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
        strict=True,
    )
)
_LOWERED = dict(zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_LONGEST = 12


def scripted(style: str, text: str) -> str:
    """Write text that HTML raises (``sup``) or lowers (``sub``).

    Unicode's characters where every one of the text has one; else ``^{…}`` or ``_{…}``; but what is no index (a
    footnote's ``[1]``, a sentence in small print) stays as it is.
    """
    table, mark = (_RAISED, "^") if style == "sup" else (_LOWERED, "_")
    if text and all(char in table for char in text):
        return "".join(table[char] for char in text)
    if len(text) > _LONGEST or not text.isascii() or not text[:1].isalnum() or " " in text:
        return text
    return f"{mark}{{{text}}}"
