from __future__ import annotations

import pytest

from tests import plain_yaml

TEXT = """# a comment
groups:
  - name: one
    rules:
      - alert: A
        expr: a_b{c="d"} > 900
        labels: {severity: critical, team: "x, y"}
      - alert: B
  - name: two
list: [ALL, "a:b"]
volumes:
  - data:/data
  # - ./config.toml:/data/config.toml:ro
empty:
"""


def test_what_our_files_use_is_read() -> None:
    """Mappings, lists of either, brackets, quotation marks, comments."""
    assert plain_yaml.read(TEXT) == {
        "groups": [
            {
                "name": "one",
                "rules": [
                    {"alert": "A", "expr": 'a_b{c="d"} > 900', "labels": {"severity": "critical", "team": "x, y"}},
                    {"alert": "B"},
                ],
            },
            {"name": "two"},
        ],
        "list": ["ALL", "a:b"],
        "volumes": ["data:/data"],
        "empty": "",
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n b: 2",
        "a: 1\na: 2",
        "a: b: c",
        "a: {b}",
        "a: 'one'",
        "a: &anchor b",
        "a: |\n  text",
        "a: `b`",
        "a: @b",
        "- a\nb: c",
        "a\n",
        "a: [b",
        'a: "b',
    ],
)
def test_what_is_no_yaml_or_is_none_of_ours_is_refused(text: str) -> None:
    """A wrong indentation, a key that stands twice, a sign that means something else in YAML."""
    with pytest.raises(ValueError, match="not understood"):
        plain_yaml.read(text)
