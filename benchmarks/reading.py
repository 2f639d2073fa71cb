"""One post from its HTML to both platforms' messages, and formulas by themselves, in milliseconds of CPU.

Run ``python benchmarks/reading.py [FOLDER…]``; it fails where a promise is broken: Doc, excerpt and both renderings of
a 20 KB post take at most 5 ms, any formula at most 5 ms. FOLDERs with feeds add their posts of 15 to 25 KB.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import feedparser

from benchmarks.tex_commands import formulas
from bot import platforms
from bot.core.models import Address, Chat, Notice, PlaceKind
from bot.reading.excerpt import excerpt
from bot.reading.html import to_doc
from bot.reading.tex.written import to_unicode
from bot.reading.text import formula

LIMIT = 5.0
SIZE = 20_000
ROUNDS = 7

SECTION = """<h2 id="s{n}">第{n}节 从噪声到数据<a class="headerlink" href="#s{n}">#</a></h2>
<p>设 \\(\\mathbf{{x}}_{{{n}}} = (1-t)\\mathbf{{x}}_0 + t\\varepsilon_{{{n}}}\\) 为加噪的样本，
其中 $t \\in [0, {n}]$，详见 <a href="https://example.org/paper/{n}?utm_source=feed">论文 {n}</a>，
也可以参考 <code>model.sample({n})</code>。训练时只要拟合<strong>速度场</strong>，损失函数非常简单，推导也不复杂：</p>
<p>$$\\mathcal{{L}}_{{{n}}} = \\mathbb{{E}}_{{t,\\mathbf{{x}}_0}} \\left\\| v_\\theta(\\mathbf{{x}}_t, t) - \\frac{{d
\\mathbf{{x}}_t}}{{dt}} \\right\\|^2 + {n}\\lambda \\sum_{{i=1}}^{{n}} w_i$$</p>
<p>为了看清这一点，先回忆一下连续归一化流：它把一个简单的先验分布沿着常微分方程推到数据分布，但是训练时要反复求解方程，代价很高，
而且路径往往弯弯绕绕。如果能让路径尽量接近直线，采样就只需要很少几步，误差也会小得多；这正是本节想要说明的事情，后面的实验也支持它。</p>
<p>需要注意的是，这里的直线只是条件路径的形状，边缘路径一般仍是弯的，因为不同样本的路径会相交，而速度场在交点处只能取平均。
于是人们提出了再流的做法：先用学到的速度场生成一批配对，再用这些配对重新训练一遍，相交的情形就会越来越少，路径也就越来越直。</p>
<ul><li>第一步，采样时间 \\(t_{{{n}}}\\)；</li><li>第二步，计算目标；</li><li>第三步，更新参数，重复直到收敛。</li></ul>
<pre><code class="language-python"><span class="k">for</span> x <span class="o">in</span> loader:
    t = torch.rand({n})
    loss = ((model(x, t) - target) ** <span class="mi">2</span>).mean()
</code></pre>
<blockquote><p>The straighter the path, the fewer steps a sampler needs: see section {n}.</p></blockquote>
"""


def made_post() -> str:
    """Make a post of 20 KB as this blog's are: Chinese with formulas, links, code and lists."""
    html = ""
    number = 0
    while len(html.encode()) < SIZE:
        number += 1
        html += SECTION.format(n=number)
    return html


def real_posts(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Give the posts of 15 to 25 KB of the feeds in folders: name and HTML."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            for number, html in enumerate(_bodies(path)):
                if SIZE * 3 // 4 <= len(html.encode()) <= SIZE * 5 // 4:
                    yield f"{path.name} {number}", html


def _bodies(path: Path) -> Iterator[str]:
    if path.suffix == ".json":
        items = json.loads(path.read_text("utf-8")).get("items", [])
        yield from (item.get("content_html") or item.get("content_text") or "" for item in items)
    elif path.suffix in {".xml", ".rdf"}:
        feed = feedparser.parse(path.read_bytes(), sanitize_html=False, resolve_relative_uris=False)
        for entry in feed.entries:
            yield max([entry.get("summary", ""), *(part.value for part in entry.get("content", []))], key=len)


class Bench:
    """Writes a post for both platforms."""

    def __init__(self) -> None:
        names = ("telegram", "discord")
        self._rooms = [platforms.load(name).sketch() for name in names]
        self._chats = [Chat(0, Address(name, "0"), PlaceKind.PRIVATE, 0, timezone="UTC") for name in names]

    def once(self, html: str) -> float:
        """Give the milliseconds of CPU from HTML to both platforms' messages, nothing remembered."""
        formula.cache_clear()
        start = time.process_time_ns()
        body = excerpt(to_doc(html, base="https://blog.example/1"), 480)
        said = Notice(body, "标题", "https://blog.example/1", topics=("扩散模型",))
        for room, chat in zip(self._rooms, self._chats, strict=True):
            assert room.render(said, chat)
        return (time.process_time_ns() - start) / 1e6

    def usual(self, html: str) -> float:
        """Give the median of several runs."""
        return statistics.median(self.once(html) for _ in range(ROUNDS))


def slowest_formula(texts: Iterable[str]) -> tuple[float, str]:
    """Give the most that writing one formula takes, in milliseconds, and that formula."""
    worst = (0.0, "")
    for tex in texts:
        times = []
        for _ in range(3):
            start = time.process_time_ns()
            to_unicode(tex)
            times.append((time.process_time_ns() - start) / 1e6)
        worst = max(worst, (min(times), tex))
    return worst


HOSTILE_FORMULAS = [
    piece * (4000 // len(piece))
    for piece in (
        *("x_", "{", "}", "\\frac", "\\frac{a}{b}", "x_1 = \\frac{a}{b}, ", "\\begin{a}", "\\left(", "\\hat", "'", "|"),
        *(
            "\\sqrt[",
            "\\text{$",
            "\\ce{",
            "a & b \\\\ ",
            "\\begin{cases}",
            "\\not",
            "\\def\\a{\\a\\a}\\a",
            "\\dv{",
            "\\ketbra{",
            "\\pdv{a}{b}{c}",
            "\\SI{1e5}{\\metre\\per\\second}",
            "\\overline{",
            "[",
            "\u0301",
        ),
    )
]


def main() -> int:
    """Measure, print, and tell whether the promises hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path, help="real feeds and pages, besides what is made")
    folders: list[Path] = parser.parse_args().folders
    bench = Bench()
    gc.disable()
    made = bench.usual(made_post())
    print(f"a made post of {SIZE // 1000} KB: {made:.2f} ms")
    found = sorted(((bench.usual(html), name) for name, html in real_posts(folders)), reverse=True)
    if found:
        print(f"{len(found)} real posts of 15-25 KB: mean {statistics.mean(ms for ms, _ in found):.2f} ms")
        print(*(f"  {ms:.2f} ms  {name}" for ms, name in found[:8]), sep="\n")
    worst, tex = slowest_formula([*HOSTILE_FORMULAS, *formulas(folders)])
    print(f"the slowest formula: {worst:.2f} ms  {tex[:60]!r}")
    mean = statistics.mean([ms for ms, _ in found] or [made])
    return int(made > LIMIT or mean > LIMIT or worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
