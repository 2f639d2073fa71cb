"""Encodings and dates: what feeds declare, what they mean, and what they forget to say."""

from __future__ import annotations

import contextlib
from calendar import timegm
from datetime import UTC, datetime
from time import struct_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.charset import UndecodableError, decode
from bot.sources.dates import from_struct, parse_date, plausible

TEXTS = {
    "gb18030": "从一步加噪的角度来看生成模型：训练的时候我们给数据加上不同强度的噪声，然后学习怎么把它去掉。",
    "big5": "從一步加噪的角度來看生成模型：訓練的時候我們給資料加上不同強度的雜訊，然後學習怎麼把它去掉。",
    "shift_jis": "拡散モデルをわかりやすく説明します。データに少しずつノイズを加えて、それを取り除く方法を学びます。",
    "euc_jp": "拡散モデルをわかりやすく説明します。データに少しずつノイズを加えて、それを取り除く方法を学びます。",
    "euc_kr": "확산 모델을 쉽게 설명합니다. 데이터에 조금씩 잡음을 더하고 그것을 지우는 방법을 배우는 것이 전부입니다.",
    "windows-1251": "Разбираем диффузионные модели простыми словами: добавляем шум к данным и учимся его убирать.",
    "koi8-r": "Разбираем диффузионные модели простыми словами: добавляем шум к данным и учимся его убирать.",
    "windows-1252": "Les modèles de diffusion expliqués à l’aide d’exemples très simples – c’est évident après coup.",
    "utf-8": "从加噪看 diffusion: naïve, просто, かな",
}


def rss(text: str, declared: str = "") -> str:
    """Put a text into a small document."""
    encoding = f' encoding="{declared}"' if declared else ""
    return f'<?xml version="1.0"{encoding}?><rss version="2.0"><channel><title>{text}</title></channel></rss>'


@pytest.mark.parametrize("name", TEXTS)
def test_undeclared_encodings_are_found(name: str) -> None:
    """A document that does not say how it is written is read by what its characters look like."""
    body = rss(TEXTS[name] * 3).encode(name)
    assert TEXTS[name] in decode(body, "application/xml")


@pytest.mark.parametrize("declared", ["", "ISO-8859-1"])
@pytest.mark.parametrize(
    "text",
    [
        "Aquí encontré más información rápida sobre cómo añadir ruido; a continuación, la explicación del año.",
        "Für größere Modelle wäre das natürlich schöner: über die Lösung hätten wir früher sprechen können.",
        "Já não há dúvidas: a solução está na difusão, e amanhã veremos também a equação com três parâmetros.",
        "Så här lägger vi på brus på våra data; sedan lär sig nätverket att ta bort det, ett steg åt gången.",
        "Les élèves ont été étonnés: l'idée était déjà là, cachée à côté de la forêt où l'été s'achève.",
    ],
)
def test_accents_are_no_cyrillic(text: str, declared: str) -> None:
    """A western language, with the small declaration or none, is not taken for a Slavic one of single letters."""
    assert text in decode(rss(text * 3, declared).encode("latin-1"), "application/xml")


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("where", ["document", "header"])
def test_declared_encodings_are_believed(name: str, where: str) -> None:
    """A declaration in the document or in the HTTP header is enough for a single character."""
    text = TEXTS[name][0]
    body = rss(text, name if where == "document" else "").encode(name)
    assert text in decode(body, f"text/xml; charset={name}" if where == "header" else "")


@pytest.mark.parametrize(
    ("written", "document", "header"),
    [
        ("utf-8", "gb2312", ""),  # converted by a proxy that left the declaration alone
        ("utf-8", "utf-8", "iso-8859-1"),  # a server that adds its default to everything
        ("gb18030", "utf-8", ""),  # a generator that declares what it wishes
        ("gb18030", "gb2312", ""),  # the small name for the large set
        ("gb18030", "", "iso-8859-1"),
        ("utf-16", "utf-16", ""),
        ("utf-8-sig", "gbk", "big5"),
    ],
)
def test_wrong_declarations_do_not_win(written: str, document: str, header: str) -> None:
    """Bytes that cannot be what is declared, or that are plainly something else, are read as what they are."""
    text = TEXTS["gb18030"] * 3 + "㐀"
    body = rss(text, document).encode(written)
    assert text in decode(body, f"text/xml; charset={header}" if header else "text/xml")


def test_a_stray_byte_does_not_change_the_encoding() -> None:
    """One broken character in a long UTF-8 text costs that character only."""
    body = rss(TEXTS["gb18030"] * 20).encode() + b"\xff"
    assert TEXTS["gb18030"] in decode(body)


def test_seven_bit_encodings_need_their_declaration() -> None:
    """ISO-2022-JP is ASCII to every other eye, so the declaration alone decides."""
    body = rss("ノイズ", "iso-2022-jp").encode("iso-2022-jp")
    assert "ノイズ" in decode(body)


@pytest.mark.parametrize("body", [b"\x00\x01\x02\xff" * 100, bytes(range(128, 256)) * 9, b"\0" * 50])
def test_what_is_no_text_is_refused(body: bytes) -> None:
    """Bytes that make sense in no encoding are no text."""
    with pytest.raises(UndecodableError):
        decode(body)


@given(st.binary(max_size=200), st.text(max_size=30))
def test_decoding_ends_in_text_or_a_refusal(body: bytes, content_type: str) -> None:
    """No bytes and no header raise anything else."""
    with contextlib.suppress(UndecodableError):
        assert isinstance(decode(b"<?xml encoding='" + body + b"'?>" + body, "charset=" + content_type), str)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-24T09:30:00+08:00", (2026, 1, 24, 1, 30)),
        ("2026-01-24T09:30:00.123Z", (2026, 1, 24, 9, 30)),
        ("2026-01-24 09:30", (2026, 1, 24, 9, 30)),
        ("2026-01-24", (2026, 1, 24, 0, 0)),
        ("2026/1/4 9:05 +0800", (2026, 1, 4, 1, 5)),
        ("2026年1月24日 星期六 下午3:05", (2026, 1, 24, 15, 5)),
        ("2026年01月24日", (2026, 1, 24, 0, 0)),
        ("2026. 1. 24. 오후 12:10", (2026, 1, 24, 12, 10)),
        ("January 24th, 2026 at 9:30 PM", (2026, 1, 24, 21, 30)),
        ("24 Jan 2026 00:30:00 CET", (2026, 1, 23, 23, 30)),
        ("Sat, 24 Jan 2026 09:30:00 PST", (2026, 1, 24, 17, 30)),
        ("24-Jan-2026 09:30:00 GMT+8", (2026, 1, 24, 1, 30)),
        ("24 Jan 2026 09:30:00 +9900", (2026, 1, 24, 9, 30)),
    ],
)
def test_dates_of_many_dialects(text: str, moment: tuple[int, int, int, int, int]) -> None:
    """Dates are read in the ways in which feeds write them, and given in UTC."""
    found = parse_date(text)
    assert found is not None
    assert found.replace(second=0, microsecond=0) == datetime(*moment, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "1970-01-01T00:00:00Z",
        "0001-01-01",
        "1989-12-31",
        "2200-01-01",
        "9999-12-31",
        "2026-13-45",
        "32 Jan 2026",
        "1 Foo 2026",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    """Nonsense, the epoch and the end of time say that there is no date."""
    assert parse_date(text) is None


@given(st.text(max_size=60) | st.from_regex(r"\d{1,4}[-/年]\d{1,2}[-/月]\d{1,2}.{0,20}", fullmatch=True))
def test_no_date_raises(text: str) -> None:
    """Whatever stands there, the answer is a moment in UTC or none."""
    found = parse_date(text)
    assert found is None or found.tzinfo is UTC


@given(
    st.tuples(*map(st.integers, (-1, -1, -40, -30, -70, -70), (2300, 14, 400, 30, 70, 70))),
)
def test_a_date_in_pieces_is_what_the_calendar_says(pieces: tuple[int, ...]) -> None:
    """Also one whose days or seconds run over into the next month or minute; None where there is no such month."""
    value = struct_time((*pieces, 0, 1, 0))
    try:
        expected = plausible(datetime.fromtimestamp(timegm(value), UTC))
    except ValueError:
        expected = None
    assert from_struct(value) == expected
