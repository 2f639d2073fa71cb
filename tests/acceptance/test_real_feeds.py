"""`incoming preview` on real feeds of many generators and languages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.cli import main
from tests.forked import forked_readers

SHARES = 6
"""The files are dealt out to so many tests, which run side by side."""


@pytest.mark.parametrize("share", range(SHARES))
def test_preview_prints_posts_or_one_clear_line(
    share: int, real_feeds: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every snapshot shows its newest posts; where one could not, it would be a line that says why and what helps."""
    files = sorted((real_feeds / "snapshots").iterdir())
    assert len(files) > SHARES
    for file in files[share::SHARES]:
        monkeypatch.setattr(sys, "argv", ["incoming", "preview", str(file), "--limit", "5"])
        with forked_readers(), pytest.raises(SystemExit) as ended:
            main()
        shown, said = capsys.readouterr()
        assert "Traceback" not in shown + said
        if ended.value.code == 0:
            assert said == "", file.name
            assert 1 <= shown.count("\n  topics: ") <= 5, file.name
        else:
            assert (ended.value.code, shown, len(said.splitlines())) == (1, "", 1), file.name
            assert said.startswith(f"incoming: {file}: "), file.name
            assert "; " in said, file.name
