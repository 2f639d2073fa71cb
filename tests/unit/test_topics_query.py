"""The language of queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.models import Filter, Post
from bot.reading.doc import Doc, paragraph
from bot.topics.match import Matcher
from bot.topics.query import MAX_PATTERNS, MAX_QUERY, MAX_TERMS, Query, QueryError, parse, readable
from bot.topics.rules import RuleSpec
from bot.topics.syntax import QUERY_ERRORS
from bot.topics.vocabulary import Vocabulary
from bot.topics.waking import _plainly, _wholly

RULES = [RuleSpec("flows", (("zh", "标准化流"), ("en", "Normalizing flows")), strong=("RealNVP",))]
POST = Post(
    1,
    1,
    "Flow matching 入门",
    None,
    Doc((paragraph("RealNVP 与 GAN, written in Python."),)),
    tags=("Deep Learning", "生成模型"),
)


def lets(query: str) -> bool:
    """Tell whether a query lets POST through."""
    assert Matcher().check(query) is None
    return Matcher(RULES).judge(POST, Filter(1, (), query)).passes


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "gan",
        "gan python",
        "gan AND python",
        "gan -vae",
        "gan NOT vae",
        "gan && python",
        "gan ＆＆ python",
        "gan !vae",
        "！vae gan",
        "#deep-learning",
        "＃生成模型 gan",
        "-#learning",
        '#"deep learning"',
        "／real.vp／",
        "gan －vae",
        "gan −vae",
        "vae OR gan",
        "vae | gan",
        "vae｜gan",
        "vae||gan",
        "vae ＯＲ gan",
        "(vae OR gan) python",
        "（vae OR gan） python",
        "-(vae OR tensorflow)",
        "-(gan vae)",
        "--gan",
        '"flow matching"',
        "“flow matching”",
        "「flow matching」",
        "『flow-matching』",
        "gan OR vae java",
        "title:flow",
        "title：入门",
        "Title: flow",
        "-title:gan",
        'title:"flow matching"',
        "title:(vae OR flow)",
        "tag:deep-learning",
        'tag:"deep learning"',
        "tag:deep*",
        "tag:*learning",
        "tag:生成模型",
        "-tag:deep",
        "-tag:learning",
        "topic:flows",
        "topic:标准化流",
        "topic:標準化流",
        'topic:"normalizing flows"',
        "topic:norm*",
        "topic:生成模型",
        "topic:deep-learning",
        "-topic:python",
        "/real.vp/",
        "/入門/",
        "/[A-Z]{3}/",
        "-/tensor(flow)?/",
        "title:/^flow/",
        "tag:/learn/",
        '"or" OR gan',
    ],
)
def test_a_query_lets_through_what_it_says(query: str) -> None:
    """Every form of the language, in ASCII and with full-width signs."""
    assert lets(query)


@pytest.mark.parametrize(
    "query",
    [
        "vae",
        "gan vae",
        "-gan",
        "!gan",
        "#gan",
        "-#deep-learning",
        "(#gan)",
        "gan && vae",
        "-python OR vae",
        "(gan OR vae) java",
        "title:gan",
        "title:(flow gan)",
        "tag:gan",
        "tag:learning",
        "topic:gan",
        "topic:normalizing",
        "/tensor/",
        "title:/gan/",
        '"matching flow"',
    ],
)
def test_a_query_blocks_what_it_does_not_say(query: str) -> None:
    """The counterparts."""
    assert not lets(query)


@pytest.mark.parametrize(
    ("query", "column", "key", "suggestion"),
    [
        ("gan (vae", 5, "query_unclosed", ""),
        ('gan "flow matching', 5, "query_unclosed", ""),
        ("「gan", 1, "query_unclosed", ""),
        ("gan /vae", 5, "query_unclosed", ""),
        ("gan) vae", 4, "query_unopened", ""),
        ("gan OR", 5, "query_missing", ""),
        ("OR gan", 1, "query_missing", ""),
        ("gan OR | vae", 5, "query_missing", ""),
        ("()", 1, "query_missing", ""),
        ("gan title:", 5, "query_missing", ""),
        ("gan -", 5, "query_missing", ""),
        ("gan *", 5, "query_missing", ""),
        ('gan ""', 5, "query_missing", ""),
        ("gan NOT", 5, "query_missing", ""),
        ("扩散，gan", 3, "query_comma", "扩散 OR gan"),
        ("gan, vae", 4, "query_comma", "gan"),
        ("gan or vae", 5, "query_or", "OR"),
        ("扩散 或 gan", 4, "query_or", "OR"),
        ("tags:python", 1, "query_field", "tag:python"),
        ("gan 标签：python", 5, "query_field", "tag:python"),
        ("titel:flow", 1, "query_field", "title:flow"),
        ("gan /(/", 5, "query_pattern", ""),
        ("/(?=gan)/", 1, "query_pattern", ""),
        ("/\\pL{500}/", 1, "query_pattern_large", ""),
        (f"/{'a' * 200}/", 1, "query_pattern_large", ""),
        ("/a/ " * (MAX_PATTERNS + 1), 4 * MAX_PATTERNS + 1, "query_patterns", ""),
        ("a " * (MAX_TERMS + 1), 2 * MAX_TERMS + 1, "query_terms", ""),
        ("a" * (MAX_QUERY + 1), MAX_QUERY + 1, "query_long", ""),
        ("(" * 50 + "a" + ")" * 50, 11, "query_deep", ""),
        ("-" * 50 + "a", 11, "query_deep", ""),
        ("tag:" * 50 + "a", 41, "query_deep", ""),
    ],
)
def test_an_error_names_its_column_and_what_was_meant(query: str, column: int, key: str, suggestion: str) -> None:
    """What cannot be understood is said by column (from 1), catalogue key, and what was perhaps meant."""
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert (caught.value.column, caught.value.key, caught.value.suggestion) == (column, key, suggestion)
    assert key in QUERY_ERRORS
    assert Matcher().check(query) == f"{key}:{column}"


@pytest.mark.parametrize("query", ["1,000", "c++", "re:zero", "TCP/IP", "std::vector", "https://example.org", "24/7"])
def test_signs_inside_words_are_no_syntax(query: str) -> None:
    """Commas between digits, colons and slashes inside words are looked for as they are."""
    root = parse(query).root
    assert root is not None
    assert root.source == query


def test_words_bind_tighter_than_or() -> None:
    """``a b OR c`` is ``(a b) OR c``."""
    assert lets("java vae OR gan")
    assert not lets("java (vae OR gan)")


@pytest.mark.parametrize(
    ("query", "piece"),
    [
        ("gan -python", "-python"),
        ("gan vae java", "vae"),
        ("gan (vae | java)", "(vae | java)"),
        ("gan -(python OR x)", "-(python OR x)"),
        ("-title:flow", "-title:flow"),
        ("tag:nlp gan", "tag:nlp"),
        ("vae OR java", "vae OR java"),
        ("gan /x{9}/", "/x{9}/"),
    ],
)
def test_the_piece_that_blocks_is_named(query: str, piece: str) -> None:
    """A reader is shown the smallest part of the query that said no."""
    verdict = Matcher().judge(POST, Filter(1, (), query))
    assert (verdict.passes, verdict.blocked_by) == (False, piece)


def test_the_pieces_that_let_a_post_through_are_named() -> None:
    """What was asked for and found, each once; what is forbidden is no reason."""
    assert Matcher(RULES).reasons(POST, "(gan OR vae) -java topic:flows gan") == ("gan", "topic:flows")
    assert Matcher().reasons(POST, "") == ()


def test_a_stored_query_that_cannot_be_read_lets_everything_through() -> None:
    """Limits may change; a post more is better than one that is silently lost."""
    assert readable("(gan").root is None
    assert Matcher().judge(POST, Filter(1, (), "(vae")).passes
    assert 1 in Matcher().match(POST, [Filter(1, (), "(vae")])


def test_a_pattern_is_run_in_linear_time_over_a_bounded_text() -> None:
    """What hangs a backtracking engine for ages is decided at once."""
    post = Post(1, 1, "", None, Doc((paragraph("a" * 200_000),)))
    assert not Matcher().judge(post, Filter(1, (), "/(a|aa)+$b/")).passes
    assert not Matcher().judge(post, Filter(1, (), "/(x+x+)+y/")).passes


PIECES = [
    "gan",
    "扩散",
    "-",
    "－",
    "(",
    ")",
    "（",
    '"',
    "“",
    " ",
    " OR ",
    "|",
    "tag:",
    "title：",
    "topic:",
    "/",
    "*",
    "=",
]


def outcome(text: str) -> Query | QueryError:
    """Give what parsing comes to."""
    try:
        return parse(text)
    except QueryError as error:
        return error


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=20).map("".join)))
def test_parsing_is_total(text: str) -> None:
    """Any text is a query or a QueryError with a column inside the text (or just behind it) and a known key."""
    found = outcome(text)
    if isinstance(found, QueryError):
        assert 1 <= found.column <= len(text) + 1
        assert found.key in QUERY_ERRORS


PLAIN = ["gan", "vae", "-gan", "-c++", "OR", "AND", "flow-based", "扩散", "a_", "--x"]


@given(st.lists(st.sampled_from(PLAIN), max_size=6))
def test_plain_queries_are_prepared_as_the_parser_reads_them(said: list[str]) -> None:
    """The short cut for words, minus and OR agrees with the whole way, on what wakes a query and on its answer."""
    words, text = Vocabulary(), " ".join(said)
    short = _plainly(text, words, lambda _: 1)
    if short is not None:
        assert short == _wholly(readable(text).root, words, lambda _: 1)
