from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.image import bytecode

MODULE = '''"""A module."""
from __future__ import annotations

class Empty:
    """Nothing but this."""

async def later(x: int) -> int:
    """Said first."""
    """Said second."""
    assert x, "checked"
    return x

def text() -> str:
    return "kept"
'''


def test_docstrings_go_and_asserts_stay(tmp_path: Path) -> None:
    """Found without its source, a module is whole but for its docstrings, and checks what it checked."""
    (tmp_path / "one").mkdir()
    source = tmp_path / "one" / "sample.py"
    source.write_text(MODULE, encoding="utf-8")
    (tmp_path / "one" / "broken.py").write_text("def f(:", encoding="utf-8")
    program = Path(bytecode.__file__)
    subprocess.run([sys.executable, str(program), "--alone", str(tmp_path)], check=True, timeout=60)
    source.unlink()
    assert not source.with_name("broken.pyc").exists()
    told = (
        "import asyncio, sample as s; print(s.__doc__, s.Empty.__doc__, s.later.__doc__, s.text())\n"
        "print(s.later.__annotations__['x'])\n"
        "try: asyncio.run(s.later(0))\n"
        "except AssertionError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", told], check=True, capture_output=True, text=True, timeout=60, cwd=source.parent
    )
    assert done.stdout.splitlines() == ["None None None kept", "int", "checked"]


def test_beside_a_source_it_is_what_python_looks_for(tmp_path: Path) -> None:
    """The standard library's is loaded in place of the source, whatever the times of the files; tests are left out."""
    source = tmp_path / "sample.py"
    source.write_text(MODULE, encoding="utf-8")
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "more.py").write_text("", encoding="utf-8")
    subprocess.run([sys.executable, bytecode.__file__, str(tmp_path)], check=True, timeout=60)
    source.write_text("raise ValueError", encoding="utf-8")
    told = "import sample; print(sample.__doc__, sample.text())"
    done = subprocess.run(
        [sys.executable, "-c", told], check=True, capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.stdout.strip() == "None kept"
    assert not (tmp_path / "test" / "__pycache__").exists()
