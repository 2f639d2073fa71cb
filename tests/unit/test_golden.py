"""Posts of every kind as readers get them, on every platform. Each text here was looked at by a person's eye.

Telegram: ‹B› bold, ‹I› italic, ‹L› link, ‹C› code, ‹P language› code block, ‹Q› quotation. Discord: its Markdown.
"""

# ruff: noqa: E501 -- the texts stand here as a reader gets them, line by line

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from inline_snapshot import snapshot

from bot import platforms
from bot.core.models import Address, Chat, Notice, PlaceKind
from bot.reading.excerpt import excerpt, first_clause
from bot.reading.html import to_doc

_MARKS = {
    "bold": "B",
    "italic": "I",
    "text_link": "L",
    "code": "C",
    "pre": "P",
    "blockquote": "Q",
    "underline": "U",
    "strikethrough": "S",
    "spoiler": "H",
}


def notice(html: str, length: int = 480) -> Notice:
    """Make a post's notification, without a title of its own."""
    doc = to_doc(html, base="https://blog.example/posts/1")
    return Notice(excerpt(doc, length), first_clause(doc), "https://blog.example/posts/1")


def chat(platform: str) -> Chat:
    """Make a chat."""
    return Chat(1, Address(platform, "1"), PlaceKind.CHANNEL, 1)


def telegram(html: str, length: int = 480) -> str:
    """Write a post for Telegram, its entities as marks; the title line is left out."""
    said = notice(html, length)
    (payload,) = platforms.load("telegram").sketch().render(said, chat("telegram"))
    return _marked(payload).partition("\n\n")[2]


def _marked(payload: Mapping[str, Any]) -> str:
    units = str(payload["text"]).encode("utf-16-le")
    borders: list[tuple[int, int, int, str]] = []
    for one in payload.get("entities", ()):
        start, end = one["offset"], one["offset"] + one["length"]
        value = f" {one['language']}" if "language" in one else ""
        borders += [(start, 1, -end, f"‹{_MARKS[one['type']]}{value}›"), (end, 0, -start, "‹/›")]
    out, at = "", 0
    for place, _, _, mark in sorted(borders):
        out += units[at * 2 : place * 2].decode("utf-16-le") + mark
        at = place
    return out + units[at * 2 :].decode("utf-16-le")


def discord(html: str, length: int = 480) -> str:
    """Write a post for Discord: the embed's description."""
    (payload,) = platforms.load("discord").sketch().render(notice(html, length), chat("discord"))
    embeds: Any = payload["embeds"]
    return str(embeds[0].get("description", ""))


def console(html: str) -> str:
    """Write a post for a terminal."""
    (payload,) = platforms.load("console").sketch().render(notice(html), chat("console"))
    return str(payload["text"])


CHINESE = r"""<h2>概述</h2><p>Flow Matching 的一步加噪公式：</p>
<p>\[\mathbf{x}_t=(1-t)\mathbf{x}_0+t\varepsilon,\quad \varepsilon\sim\mathcal{N}(0,\mathbf{I})\]</p>
<p>写成代码只有一行：</p><pre><code class="language-python">xt = (1 - t) * x0 + t * eps</code></pre>
<p>其中 \(t\in[0,1]\)，速度场 $v_\theta(\mathbf{x}_t,t)$ 的目标是 $\varepsilon-\mathbf{x}_0$，损失为
$$\mathcal{L}(\theta)=\mathbb{E}_{t,\mathbf{x}_0,\varepsilon}\left\|v_\theta(\mathbf{x}_t,t)-(\varepsilon-\mathbf{x}_0)\right\|_2^2.$$</p>
<p>训练好之后，从噪声出发解一个常微分方程，就得到了新的样本。</p>"""


def test_chinese_with_formulas_and_code() -> None:
    """The blog's own kind: filler heading gone, formulas readable, code copyable."""
    assert telegram(CHINESE) == snapshot("""\
Flow Matching 的一步加噪公式：
𝐱ₜ = (1−t)𝐱₀ + tε,  ε ∼ 𝒩(0,𝐈)
写成代码只有一行：
‹P python›xt = (1 - t) * x0 + t * eps‹/›
其中 t ∈ [0,1]，速度场 v_θ(𝐱ₜ,t) 的目标是 ε − 𝐱₀，损失为
ℒ(θ) = 𝔼_{t,𝐱₀,ε}‖v_θ(𝐱ₜ,t)−(ε−𝐱₀)‖₂².
训练好之后，从噪声出发解一个常微分方程，就得到了新的样本。\
""")
    assert discord(CHINESE) == snapshot("""\
Flow Matching 的一步加噪公式：
𝐱ₜ = (1−t)𝐱₀ + tε,  ε ∼ 𝒩(0,𝐈)
写成代码只有一行：
```python
xt = (1 - t) * x0 + t * eps
```
其中 t ∈ \\[0,1\\]，速度场 v\\_θ(𝐱ₜ,t) 的目标是 ε − 𝐱₀，损失为
ℒ(θ) = 𝔼\\_{t,𝐱₀,ε}‖v\\_θ(𝐱ₜ,t)−(ε−𝐱₀)‖₂².
训练好之后，从噪声出发解一个常微分方程，就得到了新的样本。\
""")
    assert console(CHINESE) == snapshot("""\
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Flow Matching 的一步加噪公式
────────────────────────────────────────────────────────────────
Flow Matching 的一步加噪公式：
𝐱ₜ = (1−t)𝐱₀ + tε,  ε ∼ 𝒩(0,𝐈)
写成代码只有一行：
xt = (1 - t) * x0 + t * eps
其中 t ∈ [0,1]，速度场 v_θ(𝐱ₜ,t) 的目标是 ε − 𝐱₀，损失为
ℒ(θ) = 𝔼_{t,𝐱₀,ε}‖v_θ(𝐱ₜ,t)−(ε−𝐱₀)‖₂².
训练好之后，从噪声出发解一个常微分方程，就得到了新的样本。
https://blog.example/posts/1
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━\
""")


STRUCTURE = """<p>三种做法各有取舍，先看对比，再逐一说明：</p>
<table><thead><tr><th>方法</th><th>步数</th><th>FID</th></tr></thead><tbody><tr><td>DDPM</td><td>1000</td><td>3.17</td></tr>
<tr><td><b>DDIM</b></td><td>50</td><td>4.67</td></tr></tbody></table>
<ol><li>随机采样<ul><li>质量好</li><li>太慢</li></ul></li><li>确定采样，<em>可以</em>插值</li></ol>
<blockquote><p>路径越直，步数越少。</p><p>—— <a href="https://x.example/?utm_source=rss">再流</a></p></blockquote>
<p>安装用 <code>pip install flow</code>，其余见后文。</p>"""


def test_tables_lists_and_quotations() -> None:
    """A narrow table is aligned, lists are nested and numbered, a quotation is one."""
    assert telegram(STRUCTURE) == snapshot("""\
三种做法各有取舍，先看对比，再逐一说明：
‹P›方法  步数  FID
----  ----  ----
DDPM  1000  3.17
DDIM  50    4.67‹/›
1. 随机采样
  ◦ 质量好
  ◦ 太慢
2. 确定采样，‹I›可以‹/›插值
‹Q›路径越直，步数越少。
—— ‹L›再流‹/›‹/›
安装用 ‹C›pip install flow‹/›，其余见后文。\
""")
    assert discord(STRUCTURE) == snapshot("""\
三种做法各有取舍，先看对比，再逐一说明：
```
方法  步数  FID
----  ----  ----
DDPM  1000  3.17
DDIM  50    4.67
```
1\\. 随机采样
  ◦ 质量好
  ◦ 太慢
2\\. 确定采样，*可以*插值
> 路径越直，步数越少。
> —— [再流](<https://x.example/>)
安装用 `pip install flow`，其余见后文。\
""")
    assert console(STRUCTURE) == snapshot("""\
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
三种做法各有取舍，先看对比，再逐一说明
────────────────────────────────────────────────────────────────
三种做法各有取舍，先看对比，再逐一说明：
方法  步数  FID
----  ----  ----
DDPM  1000  3.17
DDIM  50    4.67
1. 随机采样
  ◦ 质量好
  ◦ 太慢
2. 确定采样，可以插值
> 路径越直，步数越少。
> —— 再流 <https://x.example/>
安装用 pip install flow，其余见后文。
https://blog.example/posts/1
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━\
""")


EXTRAS = """<p><img src="/fig.png" alt="figure"><strong>水平集</strong>方法<sup><a href="#fn1" id="r1">1</a></sup>里，
<ruby>曲率<rp>(</rp><rt>qūlǜ</rt><rp>)</rp></ruby>驱动界面运动，H<sub>2</sub>O 的表面张力与 r<sup>2</sup> 有关。</p>
<details><summary>推导</summary><p>对界面求变分即可。</p></details>
<p><input type="checkbox" checked> 已复现 <input type="checkbox"> 待优化</p>
<p>按 <kbd>Ctrl</kbd> + <kbd>C</kbd> 退出，<del>旧结论</del>已更正，<mark>注意</mark>单位，他说<q>可以</q>。</p>
<section class="footnotes"><ol><li id="fn1"><p>见原论文。<a href="#r1" class="footnote-back">↩</a></p></li></ol></section>
<div class="sharedaddy">分享到微博</div><p>阅读全文</p>"""


def test_pictures_notes_details_and_readings() -> None:
    """Notes are numbers, readings in brackets, indices raised; share bars and "read more" are gone."""
    assert telegram(EXTRAS) == snapshot("""\
‹B›水平集‹/›方法[1]里，曲率(qūlǜ)驱动界面运动，H₂O 的表面张力与 r² 有关。
‹B›推导‹/›
对界面求变分即可。
☑ 已复现 ☐ 待优化
按 ‹C›Ctrl‹/› + ‹C›C‹/› 退出，‹S›旧结论‹/›已更正，‹B›注意‹/›单位，他说“可以”。
1. 见原论文。\
""")
    assert discord(EXTRAS) == snapshot("""\
**水平集**方法\\[1\\]里，曲率(qūlǜ)驱动界面运动，H₂O 的表面张力与 r² 有关。
**推导**
对界面求变分即可。
☑ 已复现 ☐ 待优化
按 `Ctrl` + `C` 退出，~~旧结论~~已更正，**注意**单位，他说“可以”。
1\\. 见原论文。\
""")


KATEX = (
    '<span class="katex"><span class="katex-mathml"><math><semantics><mrow><mi>a</mi></mrow>'
    '<annotation encoding="application/x-tex">a_i \\le b_i</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true">ai≤bi</span></span>'
)
OUTPUTS = f"""<p>KaTeX：{KATEX}；MathJax 2：<span class="MathJax_Preview">x</span><span class="MathJax">x2</span>
<script type="math/tex">x^2</script>；MathJax 3：<mjx-container class="MathJax" jax="CHTML"><mjx-math>y</mjx-math>
<mjx-assistive-mml><math><msub><mi>y</mi><mi>j</mi></msub></math></mjx-assistive-mml></mjx-container>；MathML：
<math><mfrac><mi>p</mi><mi>q</mi></mfrac></math>；图片：<img src="https://www.zhihu.com/equation?tex=z%5En" alt="[公式]">。</p>
<span class="katex-display">{KATEX}</span>"""


def test_formulas_that_were_drawn_already() -> None:
    """Each is one formula, none stands there twice."""
    assert telegram(OUTPUTS) == snapshot("""\
KaTeX：aᵢ ≤ bᵢ；MathJax 2：x²；MathJax 3：yⱼ；MathML：p/q；图片：zⁿ。
aᵢ ≤ bᵢ\
""")
    assert discord(OUTPUTS) == snapshot("""\
KaTeX：aᵢ ≤ bᵢ；MathJax 2：x²；MathJax 3：yⱼ；MathML：p/q；图片：zⁿ。
aᵢ ≤ bᵢ\
""")


CUT = r"<p>流匹配的目标是让速度场逼近条件速度，它的损失函数写成期望的形式 \(\mathcal{L}=\mathbb{E}_{t}\left\|v_\theta(\mathbf{x}_...</p>"
CUT_DISPLAY = r"编码器给出 \(q(z|x)\)，目标是 \[\log p(x)\ge \mathbb{E}_{q(z|x)}[\log p(x|z)] - D_{KL}(q(z|x)\|p..."


def test_excerpts_cut_inside_a_formula() -> None:
    """The formula goes as far as it goes, then one ellipsis."""
    assert telegram(CUT) == snapshot("流匹配的目标是让速度场逼近条件速度，它的损失函数写成期望的形式 ℒ = 𝔼ₜ‖v_θ(𝐱…")
    assert telegram(CUT_DISPLAY) == snapshot(
        "编码器给出 q(z|x)，目标是 log p(x) ≥ 𝔼_{q(z|x)}[log p(x|z)] − D_{KL}(q(z|x)‖p…"
    )
    assert discord(CUT_DISPLAY) == snapshot(
        "编码器给出 q(z\\|x)，目标是 log p(x) ≥ 𝔼\\_{q(z\\|x)}\\[log p(x\\|z)\\] − D\\_{KL}(q(z\\|x)‖p…"
    )


OLD = (
    r"💡 引言与背景 设样本 \{x_i\}_{i=1}^n 独立同分布 ,其均值为 [公式] 。梯度记作 g_t ,步长 \alpha_t ,更新为 [Math] 。做法分两步: "
    r"1. 采样 [代码] 1. 更新参数,直到 \mathbf{w}_t 收敛. 完整代码见 file_name.py 与 data_set_v2,..."
)
BOOKMARK = "<p>论文地址: 🔖 https://arxiv.example/pdf/1234 代码地址: 前言 姿态估计分成两个流派,各有长短。</p>"


def test_excerpts_of_the_older_kind() -> None:
    """Placeholders stay readable, bare TeX beside them is a formula, lists count on, bookmarks do not lead."""
    assert telegram(OLD) == snapshot(
        "设样本 {xᵢ}ᵢ₌₁ⁿ 独立同分布,其均值为 [公式]。梯度记作 gₜ,步长 αₜ,更新为 [Math]。做法分两步: 1. 采样 [代码] 2. 更新参数,直到 𝐰ₜ 收敛. 完整代码见 file_name.py 与 data_set_v2…"
    )
    assert discord(OLD) == snapshot(
        "设样本 {xᵢ}ᵢ₌₁ⁿ 独立同分布,其均值为 \\[公式\\]。梯度记作 gₜ,步长 αₜ,更新为 \\[Math\\]。做法分两步: 1. 采样 \\[代码\\] 2. 更新参数,直到 𝐰ₜ 收敛. 完整代码见 file\\_name.py 与 data\\_set\\_v2…"
    )
    assert telegram(BOOKMARK) == snapshot("姿态估计分成两个流派,各有长短。")


ENGLISH = """<h1>Introduction</h1><p>Attention costs <em>O</em>(n²) time, i.e. doubling a text of $n$ words makes it four
times as slow. Kingma et al. (2014) used $\\beta_1 = 0.9$; we pay $5 per run, or $20 for four. Set <code>HOME_DIR</code>
first.</p><p>Two remarks follow, and both of them matter in practice. First, memory: the scores alone take
$4n^2$ bytes per head. Second, numerics: subtract the maximum before you exponentiate, as everybody does who has once
seen a loss of NaN in the middle of the night, when nothing else was running and nobody was there to help.</p>
<p>Continue reading →</p>"""
JAPANESE = """<h2>はじめに</h2><p>拡散モデルは、データに少しずつノイズを加え、その逆過程を学習する生成モデルです。損失は
$\\|\\epsilon-\\epsilon_\\theta(x_t,t)\\|^2$ と書けます。「簡単そうだ。」と思うかもしれませんが、実装には注意が必要です。</p>"""
KOREAN = """<p>확산 모델은 데이터에 잡음을 조금씩 더하고 그 <b>역과정</b>을 학습한다. 손실 함수는 $L=\\sum_i (x_i-\\hat{x}_i)^2$ 이다.
학습률은 <code>1e-4</code>로 두었다.</p><p>더 보기</p>"""
ARABIC = """<p>نماذج الانتشار تضيف ضوضاء إلى البيانات ثم تتعلم <b>العملية العكسية</b>؛ ودالة الخسارة هي $x^2 + y^2$ في أبسط صورها.</p>
<p>اقرأ المزيد</p>"""
RUSSIAN = """<p>Введение</p><p>Диффузионные модели добавляют к данным шум, т. е. постепенно их портят, а затем учатся
обращать этот процесс. Функция потерь проста: $L = (y - f(x))^2$. Обучение стоило $30 за ночь.</p><p>Читать далее</p>"""


@pytest.mark.parametrize("html", [ENGLISH, JAPANESE, KOREAN, ARABIC, RUSSIAN])
def test_no_language_breaks_a_platform(html: str) -> None:
    """Whatever the language, all platforms say the same words."""
    assert "\\" not in telegram(html)
    assert len(discord(html)) >= len(telegram(html)) // 2


def test_english() -> None:
    """Money is no formula, initials end no sentence, "continue reading" is gone."""
    assert telegram(ENGLISH) == snapshot("""\
Attention costs ‹I›O‹/›(n²) time, i.e. doubling a text of n words makes it four times as slow. Kingma et al. (2014) used β₁ = 0.9; we pay $5 per run, or $20 for four. Set ‹C›HOME_DIR‹/› first.

Two remarks follow, and both of them matter in practice. First, memory: the scores alone take 4n² bytes per head…\
""")
    assert telegram(ENGLISH, 200) == snapshot(
        "Attention costs ‹I›O‹/›(n²) time, i.e. doubling a text of n words makes it four times as slow. Kingma et al. (2014) used β₁ = 0.9; we pay $5 per run, or $20 for four. Set ‹C›HOME_DIR‹/› first…"
    )
    assert discord(ENGLISH, 200) == snapshot(
        "Attention costs *O*(n²) time, i.e. doubling a text of n words makes it four times as slow. Kingma et al. (2014) used β₁ = 0.9; we pay $5 per run, or $20 for four. Set `HOME_DIR` first…"
    )


def test_other_languages() -> None:
    """Japanese, Korean, Arabic and Russian, without their "read more"."""
    assert [telegram(html) for html in (JAPANESE, KOREAN, ARABIC, RUSSIAN)] == snapshot(
        [
            "拡散モデルは、データに少しずつノイズを加え、その逆過程を学習する生成モデルです。損失は ‖ϵ − ϵ_θ(xₜ,t)‖² と書けます。「簡単そうだ。」と思うかもしれませんが、実装には注意が必要です。",
            "확산 모델은 데이터에 잡음을 조금씩 더하고 그 ‹B›역과정‹/›을 학습한다. 손실 함수는 L = ∑ᵢ (xᵢ−x̂ᵢ)² 이다. 학습률은 ‹C›1e-4‹/›로 두었다.",
            "نماذج الانتشار تضيف ضوضاء إلى البيانات ثم تتعلم ‹B›العملية العكسية‹/›؛ ودالة الخسارة هي x² + y² في أبسط صورها.",
            "Диффузионные модели добавляют к данным шум, т. е. постепенно их портят, а затем учатся обращать этот процесс. Функция потерь проста: L = (y−f(x))². Обучение стоило $30 за ночь.",
        ]
    )


PLAIN = """Weekly notes

A line & another <line>
with a * star, snake_case and https://x.example/a_b.

# not a heading
1. one
2. two"""
HOSTILE = """<p>[click](https://evil.example) @everyone <@1> **not bold** `x` ||s|| <b onclick="x()">b</b>
<a href="javascript:alert(1)">js</a> \u202etxet\u202c zero\u200bwidth</p><script>steal()</script><style>*{}</style>
<iframe src="//evil.example"></iframe><p>/start tg://resolve?domain=x</p><p># big</p><p>&gt; quoted</p>
<form><input name=q><button>Go</button></form>"""


def test_plain_and_hostile_text() -> None:
    """Plain text keeps its lines; what could act on a platform is a reader's text there."""
    assert telegram(PLAIN) == snapshot("""\
Weekly notes
A line & another <line>
with a * star, snake_case and https://x.example/a_b.
# not a heading
1. one
2. two\
""")
    assert discord(PLAIN) == snapshot("""\
Weekly notes
A line & another \\<line>
with a \\* star, snake\\_case and https://x.example/a_b.
\\# not a heading
1\\. one
2\\. two\
""")
    assert telegram(HOSTILE) == snapshot("""\
[click](https://evil.example) @\u2060everyone <@\u20601> **not bold** `x` ||s|| ‹B›b‹/› js txet zerowidth
/\u2060start tg://resolve?domain=x
# big
> quoted\
""")
    assert discord(HOSTILE) == snapshot("""\
\\[click\\](https://evil.example) \\@everyone \\<\\@1> \\*\\*not bold\\*\\* \\`x\\` \\|\\|s\\|\\| **b** js txet zerowidth
/start tg://resolve?domain=x
\\# big
\\> quoted\
""")


SIGNS = """<p>脚本里 <code>$HOME</code>、$HOME/bin:$PATH 和 ${name} 都不是公式，正则 ^\\d+$ 也不是；价格从 $5 到 $10，US$3 起。
而 $O(n\\log n)$、$ n-1 $、$k$-means、$p<0.05$ 是。</p><p>$ git push origin $ git status</p>"""


def test_dollars() -> None:
    """Variables, prompts, patterns and prices stay; formulas are written."""
    assert telegram(SIGNS) == snapshot("""\
脚本里 ‹C›$HOME‹/›、$HOME/bin:$PATH 和 ${name} 都不是公式，正则 ^\\d+$ 也不是；价格从 $5 到 $10，US$3 起。而 O(n log n)、n − 1、k-means、p < 0.05 是。
$ git push origin $ git status\
""")
