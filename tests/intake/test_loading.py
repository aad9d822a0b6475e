"""``tk.load``: good tables become typed, bad ones are all told at once."""

import pandas as pd
import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.intake.tables import layout


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
    assert any("'shoe_size' is unknown" in note for note in data.notes)
    assert any("'id_pegawai' was read as employee_id" in note for note in data.notes)


def test_the_order_of_rows_and_columns_does_not_matter(tmp_path):
    one = tk.load(write(tmp_path / "one"))
    rows = BASE["employees"].splitlines()
    two = tk.load(write(tmp_path / "two", employees="\n".join([rows[0], *rows[:0:-1]]) + "\n"))
    pd.testing.assert_frame_equal(one.employees, two.employees)


FAULTS = {
    "missing table": ({"jobs": None}, ("jobs", None, "", "the table is missing")),
    "zero bytes": ({"volumes": ""}, ("volumes", None, "", "is empty")),
    "no rows": ({"volumes": "unit_id,service_id,period,received\n"}, ("volumes", None, "", "no rows")),
    "binary": ({"units": "unit_id,name\nA,\0\n"}, ("units", None, "", "not a CSV file")),
    "missing column": ({"units": "unit_id\nA\nB\nC\n"}, ("units", None, "name", "the column is missing")),
    "column twice": ({"jobs": "job_id,name,name\nclerk,Clerk,C\n"}, ("jobs", 1, "name", "stands twice")),
    "ragged row": ({"jobs": "job_id,name\nclerk,Clerk,3\n"}, ("jobs", 2, "", "2 cells")),
    "empty cell": ({"units": "unit_id,name\nA,\nB,b\nC,c\n"}, ("units", 2, "name", "is empty")),
    "id twice": ({"units": "unit_id,name\nA,a\nB,b\nC,c\nA,d\n"}, ("units", 5, "unit_id", "stands twice")),
    "semicolon in id": ({"units": "unit_id,name\nA,a\nB,b\nC,c\nD;E,d\n"}, ("units", 5, "unit_id", "semicolon")),
    "unknown unit": ({"employees": "employee_id,unit_id,job_id\np1,Z,clerk\n"}, ("employees", 2, "unit_id", "not in units")),
    "unknown job": ({"employees": "employee_id,unit_id,job_id\np1,A,cook\n"}, ("employees", 2, "job_id", "not in jobs")),
    "unknown service": ({"volumes": "unit_id,service_id,period,received\nA,x,2025,1\n"}, ("volumes", 2, "service_id", "not in services")),
    "unknown conflict": (
        {"employees": "employee_id,unit_id,job_id,conflict_unit_ids\np1,A,clerk,B;Q\n"},
        ("employees", 2, "conflict_unit_ids", "not in units"),
    ),
    "text in number": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,many\n"}, ("volumes", 2, "received", "not a number")),
    "thousands or decimals": ({"volumes": 'unit_id,service_id,period,received\nA,letters,2025,"1,250"\n'}, ("volumes", 2, "received", "without a sign for thousands")),
    "infinite": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,1e999\n"}, ("volumes", 2, "received", "not a number")),
    "negative": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,-4\n"}, ("volumes", 2, "received", "at least 0")),
    "absurd": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,1e12\n"}, ("volumes", 2, "received", "at most")),
    "blank received": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,\n"}, ("volumes", 2, "received", "is empty")),
    "zero norm": ({"services": "service_id,job_id,name,norm_minutes\nletters,clerk,L,0\n"}, ("services", 2, "norm_minutes", "above 0")),
    "fte over one": ({"employees": "employee_id,unit_id,job_id,fte\np1,A,clerk,1.5\n"}, ("employees", 2, "fte", "at most 1")),
    "impossible date": ({"employees": "employee_id,unit_id,job_id,birth_date\np1,A,clerk,31-02-1980\n"}, ("employees", 2, "birth_date", "not a date")),
    "impossible period": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025-13,1\n"}, ("volumes", 2, "period", "not a period")),
    "months and years": (
        {"volumes": "unit_id,service_id,period,received\nA,letters,2025-01,1\nA,letters,2025-02,1\nA,letters,2024,1\n"},
        ("volumes", 4, "period", "mixed"),
    ),
    "periods differ": ({"hours": "unit_id,job_id,period,hours\nA,clerk,2025-01,100\n"}, ("hours", None, "period", "different periods")),
    "unknown code": ({"employees": "employee_id,unit_id,job_id,standing\np1,A,clerk,gone\n"}, ("employees", 2, "standing", "one of active")),
    "unknown flag": ({"employees": "employee_id,unit_id,job_id,locked\np1,A,clerk,maybe\n"}, ("employees", 2, "locked", "yes or no")),
    "support under abk": (
        {"tasks": "job_id,task,component,volume,norm_minutes\nclerk,Meetings,support,10,60\n"},
        ("tasks", 2, "component", "abk_kes or wisn"),
    ),
    "additional under abk_kes": (
        {
            "jobs": "job_id,name,method\nclerk,Clerk,abk_kes\n",
            "tasks": "job_id,task,component,volume,norm_minutes\nclerk,Meetings,support,10,60\nclerk,Board,additional,1,60\n",
        },
        ("tasks", 3, "component", "wisn"),
    ),
    "unknown district": (
        {"places": "district,lat,lon\nSako,-2.9,104.8\n", "units": "unit_id,name,district\nA,a,Sako\nB,b,Sakko\nC,c,\n"},
        ("units", 3, "district", "not in places"),
    ),
    "impossible latitude": ({"places": "district,lat,lon\nSako,-291,104.8\n"}, ("places", 2, "lat", "at least -90")),
    "unknown answer": ({"answers": "employee_id,answer\np1,maybe\n"}, ("answers", 2, "answer", "one of accept")),
    "edit without reason": ({"edits": "employee_id,action,reason,by\np1,force,,Sekda\n"}, ("edits", 2, "reason", "is empty")),
    "minimum above maximum": ({"posts": "unit_id,job_id,min_staff,max_staff\nA,clerk,3,2\n"}, ("posts", 2, "min_staff", "above max_staff")),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_with_its_place_and_remedy(tmp_path, fault):
    tables, (table, row, column, remedy) = FAULTS[fault]
    with pytest.raises(tk.InputError, match=r"\d+ faults? in") as caught:
        tk.load(write(tmp_path, **tables))
    faults = caught.value.faults
    place = (faults.table == table) & (faults.column == column)
    place &= faults.row.isna() if row is None else faults.row == row
    assert place.any(), faults.to_string()
    assert faults.remedy[place].str.contains(remedy, regex=False).any(), faults.to_string()


def test_all_faults_are_told_at_once_and_the_message_names_five(tmp_path):
    tables = {
        "units": "unit_id,name\nA,\nA,b\n",
        "employees": "employee_id,unit_id,job_id,fte,standing\np1,Z,cook,2,gone\np1,A,clerk,,\n",
        "volumes": "unit_id,service_id,period,received\nA,letters,2025-13,-1\nA,post,2025,\n",
    }
    with pytest.raises(tk.InputError, match=r"11 faults in (.|\n)*\.\.\. and 6 more") as caught:
        tk.load(write(tmp_path, **tables))
    assert caught.value.faults.groupby("table").size().to_dict() == {"employees": 5, "units": 2, "volumes": 4}
    assert str(caught.value).count("\n") == 6


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
        tk.load(write(tmp_path, volumes=FAULTS["negative"][0]["volumes"]))


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
