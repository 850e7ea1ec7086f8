"""nltk's English Snowball stemmer, without the rest of nltk.

`import nltk` takes half a second, or two where SciPy is installed, because it loads every
part of the toolkit. The stemmer is five small modules of it. They are loaded here from their own files, one
by one, and are not entered among Python's modules: whoever imports nltk beside us gets all of it.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final

Stem = Callable[[str], str]

_PACKAGES: Final = ("nltk", "nltk.stem")
"""Packages that are stood in for: importing them would import everything."""


def english_stemmer() -> Stem:
    """The function from a lower-case word to its stem. Raises `ModuleNotFoundError` where nltk is not installed."""
    spec = find_spec("nltk")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nltk is not installed; it gives Casefinder its stemmer", name="nltk")
    try:
        snowball = _Alone(Path(spec.origin).parent).module("nltk.stem.snowball")
    except (ImportError, AttributeError, OSError):
        # Another release of nltk may be cut into modules in another way: then all of it is imported.
        snowball = import_module("nltk.stem.snowball")
    stem: Stem = snowball.SnowballStemmer("english").stem
    return stem


class _Alone:
    """Modules of nltk by name, loaded from the files below `home` when one imports the other."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._loaded: dict[str, ModuleType] = {}

    def module(self, name: str) -> ModuleType:
        """The module with this full name."""
        if name not in self._loaded:
            path = self._home.joinpath(*name.split(".")[1:]).with_suffix(".py")
            loader = SourceFileLoader(name, str(path))
            spec = spec_from_loader(name, loader)
            assert spec is not None
            module = module_from_spec(spec)
            # What a module imports is what the `__import__` among its builtins gives it.
            module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
            loader.exec_module(module)
            self._loaded[name] = module
        return self._loaded[name]

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        if name == "nltk.corpus":
            # Lists of words that nltk downloads; the stemmer asks for them only when told to leave stop words alone.
            return SimpleNamespace(stopwords=None)
        if name == "nltk" and tuple(fromlist) == ("redos",):
            # nltk's guard against patterns that take for ever. It loads the library `regex`, which takes as long as all
            # else here. English is stemmed without any pattern; those of Arabic are made and never used.
            return SimpleNamespace(redos=re)
        if name in _PACKAGES and fromlist:
            return SimpleNamespace(**{part: self.module(f"{name}.{part}") for part in fromlist})
        if name.startswith("nltk.") and fromlist:
            return self.module(name)
        return __import__(name, globals, locals, fromlist, level)
