"""``tk.load``: good tables become typed, bad ones are all reported at once."""

import pandas as pd
import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.intake.schema import layout


def test_tables_are_typed_sorted_and_know_what_was_given(tmp_path):
    employees = (
        "id_pegawai,Unit ID,job_id,in_post_since,heads_unit,rating_last,fte,shoe_size\n"
        "p2,B,clerk,31-12-2020,ya,Sangat Baik,0.5,40\n"
        "p1,A,clerk,2021-02-01,,baik,,41\n"
    )
    data = tk.load(write(tmp_path, employees=employees))
    frame = data.employees
    assert frame.employee_id.tolist() == ["p1", "p2"]
    assert frame.in_post_since.tolist() == [pd.Timestamp("2021-02-01"), pd.Timestamp("2020-12-31")]
    assert frame.heads_unit.tolist() == [False, True]
    assert frame.rating_last.tolist() == ["good", "very_good"]
    assert frame.fte.tolist() == [1.0, 0.5]
    assert data.jobs.family.tolist() == ["clerk"]
    assert data.has("employees", "fte")
    assert not data.has("employees", "locked")
    assert not data.has("hours")
    assert data.hours.empty
    assert "employees: unknown columns were not read: shoe_size" in data.notes
    assert "employees: columns recognised under another name: id_pegawai = employee_id" in data.notes


def test_the_order_of_rows_and_columns_does_not_matter(tmp_path):
    one = tk.load(write(tmp_path / "one"))
    rows = BASE["employees"].splitlines()
    two = tk.load(write(tmp_path / "two", employees="\n".join([rows[0], *rows[:0:-1]]) + "\n"))
    pd.testing.assert_frame_equal(one.employees, two.employees)


def test_policy_faults_stand_in_the_same_report(tmp_path):
    tables = {"units": "unit_id,name\nA,\nB,b\nC,c\n", "policy": "colour = 1\noutflow_share = 2\n"}
    with pytest.raises(tk.InputError, match=r"policy.toml, outflow_share: '2': is above 1") as caught:
        tk.load(write(tmp_path, **tables))
    assert caught.value.faults.table.tolist() == ["policy.toml", "policy.toml", "units"]
    with pytest.raises(
        tk.PolicyError, match=r"2 faults in the policy:\n  policy key 'colour' .*\n  policy outflow_share = 2"
    ):
        tk.load(write(tmp_path, policy=tables["policy"]))


def test_a_message_names_the_indonesian_column(tmp_path):
    with pytest.raises(tk.InputError, match=r"volumes, row 2, received \(diterima\): '-4': must be at least 0"):
        tk.load(write(tmp_path, volumes="unit_id,service_id,period,received\nA,letters,2025,-4\n"))


def test_windows_and_byte_order_marks_are_read(tmp_path):
    folder = write(tmp_path)
    (folder / "units.csv").write_bytes(b"\xef\xbb\xbf" + BASE["units"].replace("\n", "\r\n").encode())
    assert tk.load(folder).units.unit_id.tolist() == ["A", "B", "C"]


def test_a_folder_is_taken_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTASI_DATA", str(write(tmp_path)))
    assert len(tk.load().employees) == 4


def test_every_column_has_an_indonesian_name_of_its_own_and_two_explanations():
    for table in layout().values():
        names = [column.id for column in table.columns.values()]
        assert len(set(names)) == len(names)
        assert all(len(column.about) == 2 and all(column.about) for column in table.columns.values())
