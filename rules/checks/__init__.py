"""All rules, each in a module of its own. Importing this package imports the modules, which register their rules."""

import pkgutil
from importlib import import_module

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
