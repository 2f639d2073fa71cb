"""What is wrong with a configuration: one line that says where, what, and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

PREFIX: Final = "INCOMING_"
"""What the environment's settings begin with; ``__`` stands between a table and its key."""
FAILPOINT: Final = "INCOMING_FAILPOINT"
"""Belongs to the environment and to no setting: see ``failpoint``."""
_NEAR: Final = 0.5
_VERBS: Final = ("is ", "must ", "has ")
"""What begins a sentence about a key."""
# What Kubernetes puts into every container beside a service that is called "incoming".
_SERVICE: Final = re.compile(r"(service|port)(_.*)?", re.IGNORECASE)
_WORDS: Final = {
    "tuple_type": 'must be a list in brackets, such as ["one", "two"]; tables stand under [[double brackets]]',
    "string_type": 'must be text in "quotation marks"',
    "path_type": 'must be text in "quotation marks"',
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": 'must be a table, such as { zh = "扩散模型", en = "Diffusion" }',
    "finite_number": "must be a finite number",
    "missing": "is missing; see config.example.toml",
}
"""What pydantic says in Python's words, in the file's."""

Location = tuple[int | str, ...]


def explain(error: ValidationError, model: type[BaseModel], path: Path | None, environ: Iterable[str]) -> str:
    """Say the first thing that is wrong, and how many more there are. Values are not repeated: some are secret."""
    errors = error.errors(include_url=False, include_input=False)
    first = errors[0]
    location = first["loc"]
    if first["type"] == "extra_forbidden":
        what = f"unknown key; {_nearest(str(location[-1]), _keys(model, location[:-1]))}"
    else:
        what = _WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    colon = "" if what.startswith(_VERBS) else ":"
    return f"{_where(location, path, environ)}{colon} {what}{more}"


def unknown_variable(model: type[BaseModel], environ: Iterable[str]) -> str | None:
    """Say which variable of the environment looks like a setting and is none; None where all are."""
    known = {PREFIX + name.upper(): name for name in model.model_fields}
    for variable in environ:
        name = variable.upper().partition("__")[0]
        if not name.startswith(PREFIX) or name in known or name == FAILPOINT:
            continue
        if not _SERVICE.fullmatch(name.removeprefix(PREFIX)):
            # What all of them begin with makes none of them near.
            wanted, others = name.removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known]
            return f"{variable}: unknown setting; {_nearest(wanted, others, PREFIX)}"
    return None


def _nearest(name: str, known: Iterable[str], prefix: str = "") -> str:
    near = difflib.get_close_matches(name, list(known), 1, _NEAR)
    return f"did you mean {prefix}{near[0]}?" if near else "see config.example.toml"


def _where(location: Location, path: Path | None, environ: Iterable[str]) -> str:
    """Name the place of a value: the variable that sets it, else the file and the key."""
    variables = {name.upper(): name for name in environ}
    for depth in range(len(location), 0, -1):
        variable = variables.get(PREFIX + "__".join(str(part) for part in location[:depth]).upper())
        if variable is not None:
            return ": ".join(part for part in (variable, _key(location[depth:])) if part)
    return f"{path or 'environment'}: {_key(location)}"


def _key(location: Location) -> str:
    return ".".join(str(part) for part in location)


def _keys(model: type[BaseModel], location: Location) -> Mapping[str, Any]:
    """Give the keys that are known at a place."""
    for part in location:
        if isinstance(part, int):
            continue
        found = _model_in(model.model_fields[part].annotation) if part in model.model_fields else None
        if found is None:
            return {}
        model = found
    return model.model_fields


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _model_in(part))), None)
