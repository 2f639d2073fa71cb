"""Compile the image's Python without what nobody in it reads: ``python -X no_debug_ranges bytecode.py FOLDER``.

Docstrings are a tenth of what a running bot has in memory. Python's own way to be rid of them (``-OO``) takes the
asserts too, with which libraries check what comes from outside; here they stay. Our own code is compiled as it is: its
command line's help is made of docstrings.

Only the standard library, so that it runs before anything is installed.
"""

from __future__ import annotations

import ast
import importlib.util
import marshal
import sys
from pathlib import Path
from types import CodeType
from typing import Final

_DOCUMENTED: Final = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_UNCHECKED: Final = (1).to_bytes(4, "little")
"""PEP 552: by hash, and never compared with the source, so that no layer's file times can make it stale."""

_UNUSED: Final = frozenset(
    ["ensurepip", "idlelib", "lib2to3", "pydoc_data", "site-packages", "test", "tkinter", "turtledemo", "unittest"],
)
"""Parts of the standard library that no bot loads."""


def compact(source: bytes, name: str) -> CodeType:
    """Compile a module without its docstrings. Raises SyntaxError, or ValueError for what is no Python."""
    tree = ast.parse(source, name)
    for node in ast.walk(tree):
        # A second text becomes the docstring where the first one goes.
        while isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body[:1] = [] if node.body[1:] else [ast.copy_location(ast.Pass(), node.body[0])]
    return compile(tree, name, "exec", dont_inherit=True, optimize=0)


def write(path: Path, target: Path) -> None:
    """Compile a file to ``target``; one that is no Python of this version is left as it is."""
    source = path.read_bytes()
    try:
        code = compact(source, str(path))
    except (SyntaxError, ValueError):
        return
    target.parent.mkdir(exist_ok=True)
    head = importlib.util.MAGIC_NUMBER + _UNCHECKED + importlib.util.source_hash(source)
    target.write_bytes(head + marshal.dumps(code))


def main() -> None:
    """Compile each folder: for ``--alone`` all of it beside the sources, as is found where the sources are gone."""
    alone, folders = "--alone" in sys.argv, [Path(word) for word in sys.argv[1:] if word != "--alone"]
    for folder in folders:
        for path in folder.rglob("*.py"):
            if alone:
                write(path, path.with_suffix(".pyc"))
            elif _UNUSED.isdisjoint(path.relative_to(folder).parts):
                write(path, Path(importlib.util.cache_from_source(str(path))))


if __name__ == "__main__":
    main()
