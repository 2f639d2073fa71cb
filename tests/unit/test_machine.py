"""What a machine says of whoever sits at it: by its locale the language, by its files the time zone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import machine


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, None),
        ({"LANG": ""}, None),
        ({"LANG": "C.UTF-8"}, None),
        ({"LANG": "POSIX"}, None),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "zh_TW.UTF-8@radical"}, "zh-TW"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE@euro"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB", "LC_MESSAGES": "en_GB", "LC_ALL": "zh_CN.GB18030"}, "zh"),
        ({"LANG": "en_GB", "LC_ALL": "C"}, None),
    ],
)
def test_the_locale_names_the_language(environ: dict[str, str], language: str | None) -> None:
    """The first that is set of LC_ALL, LC_MESSAGES and LANG; C and POSIX are nobody's language."""
    assert machine.language(environ) == language


def test_the_machine_names_its_time_zone(tmp_path: Path) -> None:
    """TZ before /etc/localtime's link before /etc/timezone; what is no zone does not count."""
    folder = tmp_path / "etc"
    assert machine.timezone({}, tmp_path) is None
    folder.mkdir()
    (folder / "timezone").write_text("Europe/Berlin\n")
    assert machine.timezone({"TZ": "UTC-3:30"}, tmp_path) == "Europe/Berlin"
    (folder / "localtime").symlink_to("/usr/share/zoneinfo/America/Toronto")
    assert machine.timezone({}, tmp_path) == "America/Toronto"
    assert machine.timezone({"TZ": ":Asia/Tokyo"}, tmp_path) == "Asia/Tokyo"
