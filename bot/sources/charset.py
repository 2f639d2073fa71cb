"""Bytes to text: what is declared, if that can be true, else what the bytes look like.

Declarations lie: servers add ``charset=iso-8859-1`` to everything, generators write ``gb2312`` and mean GB18030, and
many old Chinese, Korean, Japanese and Russian feeds declare nothing. So a declaration is believed only if the bytes
decode by it; without a believable one, candidates are decoded and scored by how common their characters are in the
languages that are written so.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from bot.reading.patterns import rare

_SAMPLE = 200_000
_STRAY = 0.05
"""Share of undecodable places among the non-ASCII characters that a wrong byte here and there may make."""
_NOISE = 0.01
"""The same for a guess, which has nothing else to go by."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"), (b"<\0r\0", "utf-16-le"), (b"\0<\0r", "utf-16-be"))
_DECLARED = re.compile(rb"""^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"""\bcharset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
# What the name says, and the larger encoding that is usually meant (as browsers read them, WHATWG Encoding Standard).
_MEANT = {
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
_STATEFUL = frozenset({"hz", "iso2022_jp", "iso2022_jp_2", "iso2022_kr", "utf-16", "utf-16-be", "utf-16-le", "utf-32"})
_TWO_BYTES = frozenset({"gb18030", "big5hkscs", "big5", "cp949", "cp932", "euc_jp", "johab"})
_ENOUGH = 4
_WEAK = "cp1252"
"""What servers add to everything; it decodes all, so alone it proves nothing."""
_NOT_TEXT = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "mbcs", "oem", "utf-7"})


class UndecodableError(Exception):
    """No encoding makes sense of the bytes."""


def decode(body: bytes, content_type: str = "") -> str:
    """Decode a document. ``content_type`` is the HTTP header. Raises UndecodableError."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body.decode(name, "replace")
    for start, name in _WIDE:
        if body.startswith(start):
            return body.decode(name, "replace")
    declared = _declarations(body, content_type)
    return _checked(
        _declared(body, declared) or body.decode(_nearly(body, declared) or _guess(body, declared), "replace")
    )


def is_utf8_if_valid(start: bytes, content_type: str = "") -> bool:
    """Tell by a document's first 400 bytes whether ``decode`` takes it for UTF-8 wherever all of it is valid UTF-8."""
    declared = _declarations(start, content_type)
    return _STATEFUL.isdisjoint(declared) and _TWO_BYTES.isdisjoint(declared)


def _declared(body: bytes, declared: tuple[str, ...]) -> str | None:
    """Decode by the first believable declaration, or as UTF-8 where the bytes prove that by themselves."""
    if body.isascii():
        return next((text for name in declared if name in _STATEFUL if (text := _strictly(body, name))), None) or str(
            body, "ascii"
        )
    unicode = _strictly(body, "utf-8")
    if unicode is not None and _proves_itself(unicode, declared):
        return unicode
    if declared == (_WEAK,):
        return None
    return next((text for name in declared if (text := _strictly(body, name)) is not None), unicode)


def _proves_itself(text: str, declared: tuple[str, ...]) -> bool:
    """Tell whether valid UTF-8 is no accident: a few characters in a two-byte encoding may look like it."""
    rivals = [name for name in declared if name in _TWO_BYTES]
    return not rivals or "utf-8" in declared or sum(not char.isascii() for char in text) >= _ENOUGH


def _declarations(body: bytes, content_type: str) -> tuple[str, ...]:
    """Give what the document and the server declare, the document first: it travels with its bytes."""
    in_body, in_header = _DECLARED.match(body[:400]), _CHARSET.search(content_type)
    names = [in_body.group(1).decode("ascii")] if in_body else []
    names += [in_header.group(1)] if in_header else []
    return tuple(dict.fromkeys(known for known in map(_known, names) if known))


def _known(name: str) -> str | None:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    canonical = found.name
    if canonical in _NOT_TEXT or not getattr(found, "_is_text_encoding", True):
        return None
    return _MEANT.get(canonical, canonical)


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None


def _nearly(body: bytes, declared: tuple[str, ...]) -> str | None:
    """Give the first encoding in which only a stray byte is wrong."""
    sample = _sample(body)
    names = ("utf-8", *(name for name in declared if name != _WEAK))
    return next((name for name in names if _damage(sample.decode(name, "replace")) <= _STRAY), None)


def _sample(body: bytes) -> bytes:
    """Cut at an ASCII character, so that no character is cut in two."""
    if len(body) <= _SAMPLE:
        return body
    return body[: max(body.rfind(b"<", 0, _SAMPLE), body.rfind(b"\n", 0, _SAMPLE)) + 1] or body[:_SAMPLE]


def _damage(text: str) -> float:
    strange = sum(not char.isascii() for char in text)
    return text.count("\ufffd") / strange if strange else 0.0


def _checked(text: str) -> str:
    """Refuse what is no text: XML and JSON know no NUL."""
    if text.count("\0") > len(text) // 100:
        raise UndecodableError
    return text


# -- guessing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Script:
    """``usual`` is the share of ``common`` among the non-ASCII characters of ordinary text."""

    common: frozenset[str]
    usual: float
    encodings: tuple[str, ...]


def _span(first: str, last: str) -> str:
    return "".join(map(chr, range(ord(first), ord(last) + 1)))


_SIMPLIFIED = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都"
    "然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已从动两长知样现分将外但些与高意进把法此实回二理"
    "点月明其种全工己话者向情部正名定问力机给等几很业最间新什打便位因重被电第门相次使教再平真世气信关并内加化由却代入先体别"
    "处总比性通目数件安表原应路期常感更反合放做系计或解各记接它特直题建度统字请算论科术结指每管连资条变言权该用程语写识式版"
    "，。、：；？！“”（）《》"
)
_TRADITIONAL = (
    "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天而能好都"
    "然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已從動兩長知樣現分將外但些與高意進把法此實回二理"
    "點月明其種全工己話者向情部正名定問力機給等幾很業最間新什打便位因重被電第門相次使教再平真世氣信關並內加化由卻代入先體別"
    "，。、：；？！「」（）《》"
)
_KOREAN = "이다는의을에가고하지로기사한도를리은시자어인스아대서그정해나라수들보일만제있상으게여전부구과장주원동트국"
_SCRIPTS = (
    _Script(frozenset(_SIMPLIFIED), 0.5, ("gb18030",)),
    _Script(frozenset(_TRADITIONAL), 0.5, ("big5hkscs",)),
    _Script(frozenset(_span("ぁ", "ん") + _span("ァ", "ー") + "、。「」"), 0.6, ("cp932", "euc_jp")),
    _Script(frozenset(_KOREAN), 0.5, ("cp949",)),
    _Script(frozenset(_span("а", "я") + "ё"), 0.9, ("cp1251", "koi8-r", "iso8859-5")),
    _Script(frozenset("àáâãäåçèéêëìíîïñòóôõöøùúûüýÿßæœÀÉÈÖÄÜ’‘“”«»–—…•·©®°€£\xa0"), 0.95, ("cp1252",)),
)
_ACCENTS_LOOK_LIKE = frozenset({"cp1251", "koi8-r", "iso8859-5"})
_MIXED = rare(r"(?<=[A-Za-z])[а-яёА-ЯЁ]|[а-яёА-ЯЁ](?=[A-Za-z])")
_MIXES = 0.3
"""Share of Cyrillic letters that touch a Latin one: more, and they are the accents of a western language."""
_LIKELY = 0.35
"""The part of its script's usual share that a guess must reach."""


def _score(sample: bytes, script: _Script, name: str) -> float:
    text = sample.decode(name, "replace")
    strange = [char for char in text if not char.isascii()]
    if not strange or strange.count("\ufffd") > _NOISE * len(strange):
        return 0.0
    if name in _ACCENTS_LOOK_LIKE and len(_MIXED.findall(text)) > len(strange) * _MIXES:
        return 0.0
    return sum(char in script.common for char in strange) / len(strange) / script.usual


def _guess(body: bytes, declared: tuple[str, ...]) -> str:
    """Give the likeliest encoding; where none is, what is declared. Raises UndecodableError where nothing is."""
    sample = _sample(body)
    scored = [(_score(sample, script, name), name) for script in _SCRIPTS for name in script.encodings]
    best, name = max(scored)
    if best >= _LIKELY:
        return name
    if declared == (_WEAK,):
        return _WEAK
    raise UndecodableError
