"""Wrong, empty and swapped arguments of the functions that read and write tables raise a sentence."""

import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.intake.anonymise import anonymise
from toolkit.intake.loading import names_to_confirm
from toolkit.intake.schema import Column
from toolkit.intake.template import write_matches, write_template
from toolkit.sample.agency import make_sample


@pytest.mark.parametrize("place", ["", "  ", 3, False, ["data"]])
def test_what_is_no_path_is_refused_by_name(tmp_path, place):
    with pytest.raises(tk.ArgumentError, match=r"folder = .* is not a path; name the folder or workbook"):
        tk.load(place)
    with pytest.raises(tk.ArgumentError, match="place = .* is not a path"):
        names_to_confirm(place)
    with pytest.raises(tk.ArgumentError, match="raw = .* is not a path"):
        anonymise(place, tmp_path / "out", tmp_path / "key")
    with pytest.raises(tk.ArgumentError, match="key_file = .* is not a path; name a file for the key"):
        anonymise(write(tmp_path / "data"), tmp_path / "out", place)
    for make in (make_sample, write_template, lambda folder: write_matches(write(tmp_path / "data"), folder)):
        with pytest.raises(tk.ArgumentError, match="folder = .* is not a path; name a folder for the"):
            make(place)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("seed", "says"), [(-1, "seed = -1 is not a whole number of 0 or more"), (1.5, "seed = 1.5"), ("7", "seed = '7'"), (None, "seed = None gives another agency each time")])  # fmt: skip
def test_a_seed_is_a_whole_number(tmp_path, seed, says):
    with pytest.raises(tk.ArgumentError, match=says):
        make_sample(tmp_path / "agency", seed=seed)
    assert not (tmp_path / "agency").exists()


def test_an_unknown_language_writes_nothing(tmp_path):
    with pytest.raises(tk.MutasiError, match="language 'fr' is unknown; choose one of id, en"):
        write_template(tmp_path / "t", "fr")
    assert not (tmp_path / "t").exists()


def test_switches_go_by_name_only(tmp_path):
    for call in (
        lambda: make_sample(tmp_path, "small", 1, True),
        lambda: write_template(tmp_path, "id", True),
        lambda: write_matches(tmp_path, tmp_path, "id", True),
        lambda: anonymise(tmp_path, tmp_path, tmp_path, "id", True),
    ):
        with pytest.raises(TypeError, match="positional argument"):
            call()


def test_bounds_of_a_column_are_inclusive_but_for_above():
    values = pd.Series([None, -1.0, 0.0, 0.1, 10.0, 10.1])
    column = Column(type="number", id="x", about=("", ""), low=0, high=10)
    assert {side: list(values.index[rows]) for side, rows in column.beyond(values).items()} == {"low": [1], "high": [5]}
    assert column.within_bounds(values).tolist() == [False, False, True, True, True, False]
    above = Column(type="number", id="x", about=("", ""), above=0)
    assert above.within_bounds(values).tolist() == [False, False, False, True, True, True]
    assert list(above.beyond(values)) == ["above"]
