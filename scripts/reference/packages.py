"""Single modules out of installed packages, without all that the packages' own imports would need."""

import importlib
import importlib.metadata
import os
import sys
import types


def module(name):
    """Imports the module `name`; the packages above it run none of their own code."""
    parent = ""
    for part in name.split(".")[:-1]:
        parent = f"{parent}.{part}" if parent else part
        if parent not in sys.modules:
            folder = os.path.join(*parent.split("."))
            stub = types.ModuleType(parent)
            stub.__path__ = [path for path in (os.path.join(p, folder) for p in sys.path)
                             if os.path.isdir(path)]
            sys.modules[parent] = stub
    return importlib.import_module(name)


def version(distribution):
    return importlib.metadata.version(distribution)
