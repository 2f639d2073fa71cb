"""One post against the filters of 100,000 chats: the build, the keyword pass and the decision, in milliseconds.

Run ``python benchmarks/matching.py``; it fails where a promise is broken (build 1 s, decision 20 ms, keyword pass within
three times a bare pass of the same automaton over the same text).
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from itertools import accumulate

from ahocorasick_rs import AhoCorasick

from bot.core.models import Filter, Post
from bot.reading.doc import Doc, paragraph
from bot.topics.keyword import keyword
from bot.topics.lexicon import Found, Lexicon
from bot.topics.match import Matcher
from bot.topics.rules import RuleSpec
from bot.topics.text import post_text

CHATS = 100_000
WORDS = 20_000
CHARACTERS = 3_000
POSTS = 20

SYLLABLES = [chr(point) for point in range(0x4E00, 0x4E00 + 600)]
LETTERS = "abcdefghijklmnoprstuvw"


def make_words(chance: random.Random) -> list[str]:
    """Make distinct keywords: three in five Chinese ones of 2 to 5 characters, the others ASCII."""
    words: dict[str, None] = {}
    while len(words) < WORDS:
        chinese = chance.random() < 0.6
        letters = chance.choices(SYLLABLES if chinese else LETTERS, k=chance.randint(2, 5) if chinese else chance.randint(3, 9))
        words["".join(letters)] = None
    return list(words)


def make_post(chance: random.Random, words: list[str], weights: list[float], number: int) -> Post:
    """Make a post of ordinary characters with about a hundred keywords in it, the common ones more often."""
    said: list[str] = []
    size = 0
    while size < CHARACTERS:
        piece = "".join(chance.choices(SYLLABLES, k=12)) + "，" + "".join(chance.choices(LETTERS, k=6)) + " "
        piece += chance.choices(words, cum_weights=weights)[0] + "。"
        said.append(piece)
        size += len(piece)
    return Post(number, number, "", None, Doc((paragraph("".join(said)),)))


def query(chance: random.Random, words: list[str], weights: list[float]) -> str:
    """Write a query as chats do: a word, some words, an alternative, an exclusion."""
    first, second, third = chance.choices(words, cum_weights=weights, k=3)
    forms = (first, f"{first} {second}", f"{first} OR {second}", f"{first} -{second}", f"-{first}", f"{first} ({second} | {third})")
    return chance.choices(forms, weights=(40, 20, 20, 10, 5, 5))[0]


def milliseconds(action: Callable[[], object], times: int = 1) -> float:
    """Time an action: the median of several runs."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken) * 1000


def run(name: str, weights: list[float], words: list[str], chance: random.Random) -> bool:
    """Measure one distribution of words; tell whether the promises hold."""
    filters = tuple(Filter(number, (), query(chance, words, weights)) for number in range(CHATS))
    posts = [make_post(chance, words, weights, number) for number in range(POSTS)]
    matcher = Matcher([RuleSpec("flows", strong=("normalizing flow",), weak=("flow",))])
    build = milliseconds(lambda: matcher.match(Post(0, 0, "", None, Doc()), filters))
    matched = [len(matcher.match(post, filters)) for post in posts]
    decide = [milliseconds(lambda post=post: matcher.match(post, filters)) for post in posts]
    more = (*filters, Filter(CHATS, (), "onemoreword"))
    add = milliseconds(lambda: matcher.match(posts[0], more))
    keywords = [found for found in map(keyword, words) if found]
    lexicon, bare = Lexicon(keywords), AhoCorasick([found.key for found in keywords])
    texts = [post_text(post) for post in posts]
    bare_ms = milliseconds(lambda: [bare.find_matches_as_indexes(text.key, overlapping=True) for text in texts], 15) / POSTS
    scan_ms = milliseconds(lambda: [lexicon.scan(text, Found()) for text in texts], 15) / POSTS
    print(
        f"{name}: build {build:.0f}, post {statistics.median(decide):.1f} (worst {max(decide):.1f}), one filter more {add:.1f}, "
        f"bare pass {bare_ms:.3f}, our pass {scan_ms:.3f} ({scan_ms / bare_ms:.2f}x); {statistics.mean(matched):.0f} chats a post"
    )
    return build <= 1000 and max(decide) <= 20 and scan_ms <= 3 * bare_ms


def main() -> int:
    """Measure even and uneven (Zipf) use of words."""
    chance = random.Random(6)
    words = make_words(chance)
    even = list(accumulate(1.0 for _ in words))
    zipf = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
    return 0 if all([run("even", even, words, chance), run("zipf", zipf, words, chance)]) else 1


if __name__ == "__main__":
    sys.exit(main())
