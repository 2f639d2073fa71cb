"""Code in HTML: its lines without the gutter that numbers them, and its language."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.reading.patterns import rare

_GUTTERS = (
    "td.gutter, td.linenos, td.rouge-gutter, td.hljs-ln-numbers, td.blob-num, td.crayon-nums, td.line-numbers, "
    "td.lineno, .lnt, pre .ln, pre .lineno, pre .linenos, pre .line-number, pre .linenumber, pre .line-numbers-rows, "
    "pre.lineno, .linenodiv, .react-syntax-highlighter-line-number, .code-line-number, pre .hljs-line-number, "
    "pre button, pre .copy-btn, ul.pre-numbering, .code-toolbar > .toolbar, [class*=language-] > span.lang"
)
_GUTTER_HINTS = {
    "ln": ("lnt", "hljs-ln", '"ln"', "'ln'", "ln ", "=ln"),
    "line": ("lineno", "linenumber", "line-num", "-line-", "line-highlight"),
    "utt": ("gutter", "<button"),
    "-num": ("blob-num", "crayon-num", "pre-numbering"),
    "copy-btn": ("copy-btn",),
    '"toolbar"': ('"toolbar"',),
    '"lang"': ('"lang"',),
}
"""What the source has where such elements may be, by what several have in common: few searches for most posts."""

_LINED = ".line, .crayon-line, .blob-code, .code-line"
_BREAKING = "br, tr, div, p, li, .line, .token-line, .code-line, .view-line, samp + samp"

_LANGUAGE = rare(r"(?:^|\s)(?:language-|lang-|lang:|brush:\s*|highlight-source-|highlight-text-)([\w+#.-]+)")
_PLAIN = frozenset(("", "plain", "plaintext", "text", "txt", "none", "nohighlight", "default", "auto", "code", "raw"))
_KNOWN = rare(
    r"ada|apache|asm|awk|bash|basic|batch?|c|c\+\+|c#|clojure|cmake|coffeescript|console|cpp|cs|csharp|css|cuda|dart|diff|"
    r"docker|dockerfile|elisp|elixir|erlang|f#|fish|fortran|go|golang|gradle|graphql|groovy|haskell|hcl|html?|http|ini|"
    r"java|javascript|js|json5?|jsx|julia|kotlin|latex|less|lisp|lua|makefile|markdown|mathematica|matlab|md|nginx|nim|nix|"
    r"objc|objectivec|ocaml|octave|pascal|perl|php|plsql|powershell|prolog|proto|protobuf|ps1|py|python3?|r|rb|ruby|rust|"
    r"sas|scala|scheme|scss|sed|sh|shell|solidity|sql|svelte|swift|tcl|terraform|tex|text|toml|tsx?|typescript|vb|verilog|"
    r"vhdl|vim|vue|wasm|xml|ya?ml|zig|zsh"
)
_SAME = {"c++": "cpp", "c#": "csharp", "py": "python", "python3": "python", "js": "javascript", "ts": "typescript"}
_LONGEST_NAME = 20
_LEVELS = 5
"""How far up the classes of surrounding elements can name the language: figure, table, row, cell."""


def without_gutters(tree: LexborHTMLParser, source: str) -> None:
    """Take the line numbers and copy buttons of all code out of a document; ``source`` is what it was parsed from."""
    if "=" not in source and "<button" not in source:
        return  # nothing in it has a class, as in most short posts
    if any(common in source and any(map(source.__contains__, hints)) for common, hints in _GUTTER_HINTS.items()):
        for node in tree.css(_GUTTERS):
            node.decompose()


def lined(node: LexborNode) -> str | None:
    """Give the code of a highlighter that makes an element of each line and uses no ``pre``; else None."""
    if node.css_first("pre") is not None:
        return None
    lines = [line.text().rstrip("\n") for line in node.css(_LINED)]
    return tidy("\n".join(lines)) if lines else None


def code_text(pre: LexborNode) -> str:
    """Give the text of a ``pre`` with its lines, whatever marks them: line ends, ``br``, or an element for each."""
    if pre.css_first(_BREAKING) is not None:
        out: list[str] = []
        _collect(pre, out, 0)
        return tidy("".join(out))
    return tidy(pre.text())


_DEEPEST = 40
_LINES = frozenset(("tr", "div", "p", "li"))


def _collect(node: LexborNode, out: list[str], depth: int) -> None:
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            out.append(child.text_content or "")
        elif tag == "br":
            out.append("\n")
        elif depth < _DEEPEST:
            if (tag in _LINES or _is_line(child) or _is_next_code(child)) and out and not out[-1].endswith("\n"):
                out.append("\n")
            _collect(child, out, depth + 1)


def _is_line(node: LexborNode) -> bool:
    return node.tag == "span" and "line" in (node.attributes.get("class") or "")


def _is_next_code(node: LexborNode) -> bool:
    """Tell whether code follows code at once: some editors write an element ``code`` for each line."""
    return node.tag == "samp" and node.prev is not None and node.prev.tag == "samp"


def tidy(code: str) -> str:
    """Take off empty lines around code and blanks at its lines' ends."""
    lines = [line.rstrip() for line in code.replace("\xa0", " ").replace("\r\n", "\n").split("\n")]
    return "\n".join(lines).strip("\n")


def language(pre: LexborNode) -> str:
    """Find the language that a ``pre``, the code in it or what surrounds it names; lower-case, empty if unknown."""
    inner = pre.css_first("samp")
    nodes: list[LexborNode | None] = [inner, pre]
    while nodes[-1] is not None and len(nodes) < _LEVELS + 2:
        nodes.append(nodes[-1].parent)
    return next((found for node in nodes if node is not None and (found := _named(node))), "")


def _named(node: LexborNode) -> str:
    attributes = node.attributes
    classes = (attributes.get("class") or "").lower()
    named = _LANGUAGE.search(classes)
    name = attributes.get("data-lang") or attributes.get("data-language") or attributes.get("lang") or ""
    name = named[1] if named else name.lower()
    if not named and not _KNOWN.fullmatch(name):
        name = next((word for word in classes.split() if _KNOWN.fullmatch(word)), "")
    name = _SAME.get(name, name).strip(".;")
    return "" if name in _PLAIN or len(name) > _LONGEST_NAME else name
