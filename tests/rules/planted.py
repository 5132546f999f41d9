"""A pytest plugin: one module of ours is a mutant, and tests that need servers are left out.

Nothing is written: the mutant's source, which the environment names, is compiled instead of the
module's own.
"""

import json
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

MUTANT = "GONGJIANG_MUTANT"
"""The variable with the path of a JSON file: `module` and `source`."""


class Planted(SourceFileLoader):
    """Loads a module from another source than that of its file."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        """The code of the mutant, from no cache and into none."""
        return compile(self.source, self.path, "exec", dont_inherit=True)


class Planting(MetaPathFinder):
    """Finds the mutant where its module is asked for."""

    def __init__(self, module: str, source: str) -> None:
        self.module = module
        self.source = source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own spec with the mutant's loader; None for every other module."""
        if fullname != self.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = Planted(fullname, spec.origin, self.source)
        return spec


def pytest_configure() -> None:
    """Plant before anything of ours is imported."""
    if MUTANT in os.environ:
        sys.meta_path.insert(0, Planting(**json.loads(Path(os.environ[MUTANT]).read_text())))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what runs without servers."""
    items[:] = [item for item in items if "servers" not in getattr(item, "fixturenames", ())]
