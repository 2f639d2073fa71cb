"""What the tree promises about itself: exceptions have reasons, and every failpoint is known to the tests."""

from __future__ import annotations

import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import failpoint

ROOT = Path(__file__).resolve().parents[2]
CODE = [path for folder in ("bot", "tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
_EXCEPTION = re.compile(r"#\s*(ruff:|mypy:|flake8:)?\s*(noqa|type:\s*ignore|pragma:|disable)")
_REASONED = re.compile(
    r"# (ruff: )?noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* --? \S.+|# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # \S.+", re.ASCII
)


def reasonless(path: Path) -> Iterator[str]:
    """Give the exceptions from a rule of which a file does not say why they are made."""
    if not _EXCEPTION.search(path.read_text("utf-8")):
        return
    with tokenize.open(path) as code:
        for token in tokenize.generate_tokens(code.readline):
            if token.type == tokenize.COMMENT and _EXCEPTION.match(token.string) and not _REASONED.match(token.string):
                yield f"{path.name}:{token.start[0]}: {token.string}"


def test_every_exception_from_a_rule_says_why() -> None:
    """`noqa` and `type: ignore` name the rule and the reason, in the code, the tests and the benchmarks."""
    assert [line for path in CODE for line in reasonless(path)] == []


@pytest.mark.parametrize(
    ("comment", "fine"),
    [
        ("# noqa: S101 -- the premise", True),
        ("# noqa: S101, S603 - the premise", True),
        ("# type: ignore[arg-type]  # any field", True),
        ("# the word noqa in a sentence", True),
        ("# noqa", False),
        ("# noqa: S101", False),
        ("# noqa: S101 --", False),
        ("# type: ignore", False),
        ("# type: ignore[arg-type]", False),
        ("# ruff: noqa: S101 -- a table", True),
        ("# ruff: noqa: S101", False),
        ("# pragma: no cover", False),
    ],
)
def test_a_reasonless_exception_is_seen(tmp_path: Path, comment: str, fine: bool) -> None:  # noqa: FBT001 -- a table
    """The check above is not blind."""
    file = tmp_path / "code.py"
    file.write_text(f"x = 1  {comment}\n", encoding="utf-8")
    assert (list(reasonless(file)) == []) is fine


def test_every_rule_that_is_switched_off_says_why() -> None:
    """Each of ruff's ignores in pyproject.toml stands on a line of its own with a reason."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lists = re.findall(
        r"^(?:ignore|\"[\w/*]+\") = \[\n(.*?)^\]", text.partition("[tool.ruff.lint]")[2], re.MULTILINE | re.DOTALL
    )
    lines = [line for each in lists for line in each.splitlines()]
    assert len(lines) > 20
    assert [line for line in lines if not re.fullmatch(r'    "[A-Z]+[0-9]*",\s+# \S.+', line)] == []


def test_dependencies_have_lower_bounds_and_locks_hashes_without_addresses() -> None:
    """What is installed is what was tried, from whichever registry the machine has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    loose = [line for line in wanted if ">=" not in line and not line.startswith("types-")]
    assert loose == []
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        pinned = re.findall(r"^[a-z][\w.-]*(?:\[[\w,-]+\])?==\S+.*?(?=^[a-z]|\Z)", text, re.MULTILINE | re.DOTALL)
        assert len(pinned) > 30
        assert [each.split()[0] for each in pinned if "--hash=sha256:" not in each] == []
        assert "://" not in text


def test_the_checks_are_as_strict_as_they_are_said_to_be() -> None:
    """All of ruff's rules, mypy --strict, asyncio in strict mode, warnings as errors."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    assert tool["ruff"]["lint"]["select"] == ["ALL"]
    assert tool["mypy"]["strict"] is True
    assert {"bot", "tests"} <= set(tool["mypy"]["files"])
    assert tool["pytest"]["ini_options"]["asyncio_mode"] == "strict"
    assert tool["pytest"]["ini_options"]["filterwarnings"][0] == "error"


def test_every_failpoint_is_one_at_which_the_tests_kill() -> None:
    """NAMES, at each of which acceptance kills the real program, or a name that an acceptance test gives itself."""
    reached = re.compile(r"failpoint\.reach\((.*?)\)")
    code = [path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py")]
    used = [name.strip('"') for text in code for name in reached.findall(text)]
    tests = [path.read_text("utf-8") for path in (ROOT / "tests" / "acceptance").glob("*.py")]
    assert any('@pytest.mark.parametrize("name", failpoint.NAMES)\nasync def test_killed_at' in text for text in tests)
    killed = {name for text in tests if "INCOMING_FAILPOINT" in text for name in re.findall(r'"(\w+)"', text)}
    assert len(used) == len(set(used)), "a name means one place"
    assert set(failpoint.NAMES) <= set(used)
    assert set(used) - set(failpoint.NAMES) <= killed
