"""One post against the filters of 100,000 chats: the build, the keyword pass and the decision, in milliseconds of CPU.

Run ``python benchmarks/matching.py``; it fails where a promise is broken (build 1 s, decision 20 ms, keyword pass
within three times a bare pass of the same automaton over the same text).
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
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
        letters = chance.choices(
            SYLLABLES if chinese else LETTERS, k=chance.randint(2, 5) if chinese else chance.randint(3, 9)
        )
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
    forms = (
        first,
        f"{first} {second}",
        f"{first} OR {second}",
        f"{first} -{second}",
        f"-{first}",
        f"{first} ({second} | {third})",
    )
    return chance.choices(forms, weights=(40, 20, 20, 10, 5, 5))[0]


def milliseconds(action: Callable[[], object], times: int = 1) -> float:
    """Time an action by the processor time it takes: the median of several runs."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        action()
        taken.append(time.process_time() - begin)
    return statistics.median(taken) * 1000


def passes(words: list[str], posts: list[Post]) -> tuple[float, float]:
    """Time the keyword pass and a bare pass over the same texts; milliseconds a post."""
    keywords = [found for found in map(keyword, words) if found]
    lexicon, bare = Lexicon(keywords), AhoCorasick([found.key for found in keywords])
    texts = [post_text(post) for post in posts]

    def ours() -> None:
        for text in texts:
            lexicon.scan(text, Found())

    def theirs() -> None:
        for text in texts:
            bare.find_matches_as_indexes(text.key, overlapping=True)

    return milliseconds(ours, 15) / len(posts), milliseconds(theirs, 15) / len(posts)


def run(name: str, weights: list[float], words: list[str], chance: random.Random) -> bool:
    """Measure one distribution of words; tell whether the promises hold."""
    filters = tuple(Filter(number, (), query(chance, words, weights)) for number in range(CHATS))
    posts = [make_post(chance, words, weights, number) for number in range(POSTS)]
    matcher = Matcher([RuleSpec("flows", strong=("normalizing flow",), weak=("flow",))])
    build = milliseconds(partial(matcher.match, Post(0, 0, "", None, Doc()), filters))
    matched = [len(matcher.match(post, filters)) for post in posts]
    gc.collect()  # one full collection follows any build of this size; it is not the posts' doing
    decide = [milliseconds(partial(matcher.match, post, filters)) for post in posts]
    add = milliseconds(partial(matcher.match, posts[0], (*filters, Filter(CHATS, (), "onemoreword"))))
    scan, bare = passes(words, posts)
    middle, worst = statistics.median(decide), max(decide)
    print(f"{name}: build {build:.0f} ms, then one filter more {add:.1f} ms")
    print(f"    a post {middle:.1f} ms, worst {worst:.1f} ms; {statistics.mean(matched):.0f} chats get it")
    print(f"    keyword pass {scan:.3f} ms, bare {bare:.3f} ms: {scan / bare:.2f} times")
    return build <= 1000 and worst <= 20 and scan <= 3 * bare


def main() -> int:
    """Measure even and uneven (Zipf) use of words."""
    argparse.ArgumentParser().parse_args()
    chance = random.Random(6)
    words = make_words(chance)
    even = list(accumulate(1.0 for _ in words))
    zipf = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
    return 0 if all([run("even", even, words, chance), run("zipf", zipf, words, chance)]) else 1


if __name__ == "__main__":
    sys.exit(main())
