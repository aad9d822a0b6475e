"""The notebooks are stored in English: their kernels are started so, whatever the reader's own setting."""

import os
from collections.abc import Iterator

import pytest

SETTINGS = {"MUTASI_LANG": "en", "OMP_NUM_THREADS": "1", "MUTASI_DATA": ""}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Set them only while a notebook's cell runs: other tests look at other settings (xdist asks here for all)."""
    if item.path.suffix != ".ipynb":
        return (yield)
    before = {name: os.environ.get(name) for name in SETTINGS}
    os.environ.update(SETTINGS)
    try:
        return (yield)
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
