"""What every result has in common: repr, HTML, equality by value, sealed frames."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.common.results import Result, check_seal, seal


@dataclass(frozen=True, eq=False, repr=False)
class Steps(Result):
    table: pd.DataFrame
    other: pd.DataFrame
    values: object = None

    @property
    def summary(self) -> pd.Series:
        return pd.Series({"objective": 12.5})


@dataclass(frozen=True, eq=False, repr=False)
class Plain(Result):
    table: pd.DataFrame


@dataclass(frozen=True, eq=False, repr=False)
class Timed(Result):
    _not_compared = ("seconds",)
    table: pd.DataFrame
    seconds: float


def frame(rows):
    return pd.DataFrame({"number": [float(at) for at in range(rows)], "name": [f"row{at}." for at in range(rows)]})


def test_repr_is_one_line_with_the_size_of_each_frame():
    assert repr(Steps(frame(3), frame(0), np.zeros(5))) == "<Steps: table=3 rows, other=0 rows>"


def test_html_shows_the_summary_and_ten_rows_and_says_how_many_there_are():
    html = Steps(frame(11), frame(0))._repr_html_()
    assert html.index("objective") < html.index("row0.")
    assert "12.5" in html
    assert "row9." in html
    assert "row10." not in html
    assert html.endswith("<p>10 / 11</p>")


def test_html_of_few_rows_without_a_summary_is_the_table_alone():
    html = Plain(frame(10))._repr_html_()
    assert "row9." in html
    assert "<p>" not in html
    assert html.count("<table") == 1


@pytest.mark.parametrize(
    "values",
    [np.array([1.0, np.nan]), np.array(["a"]), {"a": np.array([1, 2])}, pd.Series([1, None]), "text", None, frame(2)],
)
def test_equal_values_are_equal_whatever_their_kind(values):
    copied = values.copy() if hasattr(values, "copy") else values
    assert Steps(frame(2), frame(1), values) == Steps(frame(2), frame(1), copied)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1.0, np.nan]), np.array([1.0, 2.0])),
        (np.array([1.0]), np.array(["a"])),
        (np.array([1.0]), [1.0]),
        ({"a": np.zeros(2)}, {"a": np.ones(2)}),
        ({"a": 1}, {"b": 1}),
        (frame(2), frame(3)),
        (frame(2), frame(2).astype({"number": "int64"})),
        (pd.Series([1.0]), pd.DataFrame([1.0])),
        (1, 2),
    ],
)
def test_other_values_are_not_equal(one, other):
    assert Steps(frame(2), frame(1), one) != Steps(frame(2), frame(1), other)


def test_a_result_of_another_step_is_not_equal():
    assert Plain(frame(2)) != Steps(frame(2), frame(1))
    assert Plain(frame(2)) != "table"


def test_fields_that_equal_results_may_differ_in_are_not_compared():
    assert Timed(frame(2), 0.1) == Timed(frame(2), 9.9)
    assert Timed(frame(2), 0.1) != Timed(frame(3), 0.1)


def test_a_result_is_not_hashable():
    with pytest.raises(TypeError, match="unhashable type: 'Plain'"):
        hash(Plain(frame(1)))


def chain(folder, **tables):
    data = tk.load(write(folder, **tables))
    norms, demand = tk.estimate_norms(data, draws=5), tk.forecast_demand(data)
    return norms, demand, tk.staff_need(data, norms, demand)


def test_two_runs_of_the_same_tables_are_equal_and_of_other_tables_not(tmp_path):
    first, again = chain(tmp_path / "a"), chain(tmp_path / "a")
    more = chain(tmp_path / "a", volumes=BASE["volumes"].replace("2500", "2600"))
    for one, same, other in zip(first, again, more, strict=True):
        assert one is not same
        assert one == same
        assert one != other
    assert first[0] != first[1]


def test_a_result_of_a_real_step_shows_itself(tmp_path):
    need = chain(tmp_path)[2]
    assert repr(need) == "<Need: table=3 rows, doubts=0 rows>"
    assert "need_fte" in need._repr_html_()


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.assign(number=table.number + (table.index == 2)),
        lambda table: table.iloc[::-1],
        lambda table: table.rename(columns={"name": "title"}),
        lambda table: table.iloc[:-1],
        lambda table: table.assign(number=table.number.mask(table.index == 0)),
    ],
    ids=["cell", "order", "column", "row", "missing"],
)
def test_a_seal_breaks_with_any_edit(change):
    table = frame(3)
    sealed = seal(table)
    check_seal(table.copy(), sealed, "result.table", "ask again")
    with pytest.raises(tk.MutasiError, match="result.table was edited after it was made, .*; ask again"):
        check_seal(change(table), sealed, "result.table", "ask again")


def test_a_seal_is_the_same_in_every_process():
    assert seal(pd.DataFrame({"a": [1, 2]})) == "e6efaf8f1fe0153803a0cef1fd06419bdea4e6b757c4e90fe5519e29fd723c17"


def test_replacing_a_frame_of_a_result_makes_it_unequal():
    result = Plain(frame(2))
    assert replace(result, table=frame(2)) == result
    assert replace(result, table=frame(1)) != result
