"""``verify`` finds what was planted, never breaks, and accepts nothing that changes what a reader relies on."""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain
from toolkit.cli import main
from toolkit.plan.certificate import Proof, bound
from toolkit.plan.instance import build_instance
from toolkit.plan.manifest import BOUND, MANIFEST, to_manifest
from toolkit.plan.plan import describe


@pytest.fixture(scope="module")
def dossier(tmp_path_factory) -> Path:
    """A dossier with a spent budget, written beside its input; kept as it is."""
    root = tmp_path_factory.mktemp("dossier")
    plan = chain(write_agency(root / "data", people=110, budget=3))
    assert len(plan.transfers) == 3
    assert plan.summary.gap == 0
    assert plan.summary.budget_price > 0
    tk.write_dossier(plan, root / "out")
    return root


@pytest.fixture
def copy(dossier, tmp_path) -> Path:
    shutil.copytree(dossier, tmp_path / "copy")
    return tmp_path / "copy"


def change(root: Path, edit) -> None:
    file = root / "out" / "plan.json"
    body = json.loads(file.read_text(encoding="utf-8"))
    edit(body)
    file.write_text(json.dumps(body, indent=1), encoding="utf-8")
    agree(root)


def agree(root: Path) -> None:
    """Make the manifest agree with the files, as whoever forges one of them would."""
    out = root / "out"
    (out / MANIFEST).write_text(to_manifest({name: (out / name).read_bytes() for name in BOUND}))


def test_many_kinds_of_breach_are_planted():
    assert len(PLANTED) >= 40


def test_a_dossier_as_it_was_written_is_accepted(dossier, capsys):
    assert len(tk.verify(dossier / "out")) == 9
    assert main(["verify", str(dossier / "out")]) == 0
    assert "optimal" in capsys.readouterr().out


def test_a_moved_input_is_found_with_data(copy):
    (copy / "data").rename(copy / "elsewhere")
    with pytest.raises(tk.VerificationError, match="no such folder"):
        tk.verify(copy / "out")
    assert tk.verify(copy / "out", data=copy / "elsewhere")


def unit_of(body, i=0):
    return body["transfers"][i]["to_unit"]


def swap_destination(body):
    other = next(
        cell["unit_id"]
        for cell in body["cells"]
        if cell["family"] == body["transfers"][0]["family"] and cell["unit_id"] != unit_of(body)
    )
    body["transfers"][0]["to_unit"] = other


def forge_price(body):
    family, units = next(iter(body["certificate"]["prices"].items()))
    unit = next(iter(units))
    units[unit] += 0.01
    for cell in body["cells"]:
        if (cell["family"], cell["unit_id"]) == (family, unit):
            cell["price"] += 0.01


def set_cell(name, value):
    def edit(body):
        body["cells"][0][name] = value

    return edit


def set_in(part, name, value):
    def edit(body):
        body[part][name] = value

    return edit


def stay_home(body):
    body["transfers"].pop()


def move_twice(body):
    body["transfers"].append(dict(body["transfers"][0]))


def move_somebody_else(body):
    body["transfers"][0]["employee_id"] = "p999"


def cheaper(body):
    body["transfers"][0]["cost"] = 0.001


def forge_budget_price(body):
    body["certificate"]["budget_price"] = body["summary"]["budget_price"] = body["summary"]["budget_price"] * 1.0001


def drop_a_cell(body):
    body["cells"].pop()


def no_notes(body):
    body["transfers"][0]["notes"] = "approved by the ministry"


def set_transfer(name, value):
    def edit(body):
        body["transfers"][0][name] = value

    return edit


def set_policy(name, value):
    return set_in("policy", name, value)


def other_unit(body):
    body["transfers"][0]["from_unit"] = unit_of(body)


def hand_edit(body):
    """One person more where the plan sends somebody, one fewer where they come from: as if tables were patched."""
    for cell in body["cells"]:
        moved = body["transfers"][0]
        if cell["family"] == moved["family"] and cell["unit_id"] in (moved["to_unit"], moved["from_unit"]):
            cell["staff_before"] += 1 if cell["unit_id"] == moved["to_unit"] else -1


def no_price(body):
    units = next(iter(body["certificate"]["prices"].values()))
    units.pop(next(iter(units)))


def one_price_more(body):
    next(iter(body["certificate"]["prices"].values()))["U99"] = 0.0


def other_bound(body):
    body["certificate"]["bound"] = body["summary"]["bound"] = body["summary"]["bound"] - 0.01


def bound_above_the_objective(body):
    """A proof that proves too much: once it had gap 0 and was called proven."""
    body["certificate"]["bound"] = body["summary"]["bound"] = body["summary"]["objective"] + 1


def spare_a_move(body):
    """A budget one larger than was given: the plan would not be the best one for it."""
    body["policy"]["max_moves"] = body["summary"]["max_moves"] = 4


PLANTED = {
    "other origin": (other_unit, "from_unit"),
    "other job": (set_transfer("to_job", "nurse_9"), "to_job"),
    "other family": (set_transfer("family", "police"), "moves to"),
    "forged distance": (set_transfer("km", 1.5), "km"),
    "forged fit": (set_transfer("fit", 0.37), "fit"),
    "claimed stability": (set_transfer("stability", "firm"), "stability"),
    "hand-edited staff": (hand_edit, "staff_before"),
    "forged load": (set_cell("load_after", 1.0), "load_after"),
    "missing price": (no_price, "price missing"),
    "one price more": (one_price_more, "price given"),
    "lower bound": (other_bound, "bound"),
    "forged split of variance": (set_in("summary", "variance_within", 0.0), "variance_within"),
    "forged last price": (set_in("summary", "budget_price_high", 9.0), "budget_price_high"),
    "forged count": (set_in("summary", "transfers", 4), "transfers"),
    "other scale": (set_policy("scale", "relative"), "objective"),
    "other criterion": (set_policy("criterion", "shortage"), "objective"),
    "other charge": (set_policy("empty_cell_charge", 4.0), "empty_cell_charge"),
    "other outflow": (set_policy("outflow_share", 1.0), "outflow_limit"),
    "other price of a move": (set_policy("price_per_move", 0.06), "cost"),
    "larger budget": (spare_a_move, "budget_price|certificate"),
    "swapped destination": (swap_destination, "moves to|staff_after"),
    "forged price": (forge_price, "certificate"),
    "forged need": (set_cell("need_fte", 99.0), "need_fte"),
    "forged floor": (set_cell("floor", 0.5), "floor"),
    "forged ceiling": (set_cell("ceiling", 99.0), "ceiling"),
    "forged outflow limit": (set_cell("outflow_limit", 9), "outflow_limit"),
    "forged staff": (set_cell("staff_after", 9.0), "staff_after"),
    "forged cost": (cheaper, "cost"),
    "dropped transfer": (stay_home, "missing|staff_after"),
    "person moved twice": (move_twice, "more than once"),
    "unknown person": (move_somebody_else, "p999"),
    "forged objective": (set_in("summary", "objective", 1.0), "objective"),
    "forged gap": (set_in("summary", "gap", 0.5), "gap"),
    "bound above the objective": (bound_above_the_objective, "at most the objective"),
    "forged bound": (set_in("summary", "bound", 1.0), "bound"),
    "forged status": (set_in("summary", "status", "feasible"), "status"),
    "forged variance": (set_in("summary", "variance_after", 0.0), "variance_after"),
    "forged budget": (set_in("summary", "max_moves", 30), "max_moves"),
    "changed budget": (set_in("policy", "max_moves", 2), "budget|max_moves"),
    "forged budget price": (forge_budget_price, "budget_price"),
    "changed effective year": (set_in("policy", "effective_hours", 1300), "need_fte"),
    "changed tenure": (set_in("policy", "tenure_min_months", 240), "moves to"),
    "dropped cell": (drop_a_cell, "missing"),
    "changed notes": (no_notes, "notes"),
}


@pytest.mark.parametrize("breach", PLANTED)
def test_a_planted_breach_is_found(copy, breach):
    edit, found = PLANTED[breach]
    change(copy, edit)
    with pytest.raises(tk.VerificationError, match="does not hold") as caught:
        tk.verify(copy / "out")
    breaches = caught.value.breaches
    assert list(breaches.columns) == ["check", "culprit", "found", "expected"]
    assert "files" not in set(breaches.check)
    culprits = breaches[breaches.check != "prices.csv"].agg(" ".join, axis=1)
    assert culprits.str.contains(found).any(), culprits.tolist()


@pytest.mark.parametrize("edit", ["altered", "gone", "added"])
def test_changed_input_is_found_and_named(copy, edit):
    employees = copy / "data" / "employees.csv"
    if edit == "altered":
        employees.write_text(employees.read_text().replace("active", "aktif", 1))
    elif edit == "gone":
        (copy / "data" / "others.csv").unlink()
    else:
        (copy / "data" / "tasks.csv").write_text("job_id,task,volume,norm_minutes\nnurse,Report,1,60\n")
    culprit = {"altered": "employees.csv", "gone": "others.csv", "added": "tasks.csv"}[edit]
    with pytest.raises(tk.VerificationError, match=culprit):
        tk.verify(copy / "out")


def test_prices_csv_is_compared(copy):
    file = copy / "out" / "prices.csv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:-1], lines[-1].rpartition(",")[0] + ",7"]))
    agree(copy)
    with pytest.raises(tk.VerificationError, match=r"prices\.csv"):
        tk.verify(copy / "out")
    file.unlink()
    with pytest.raises(tk.VerificationError, match="missing"):
        tk.verify(copy / "out")


# without plan.json there is no plan to check, which test_plan_file holds
@pytest.mark.parametrize(
    ("name", "edit"),
    [(name, edit) for name in BOUND for edit in ("altered", "gone") if (name, edit) != ("plan.json", "gone")],
)
def test_every_file_of_a_dossier_is_the_one_that_was_written(copy, name, edit):
    """A person replaced on the page or in the workbook, a page of another plan left behind, a file deleted."""
    file = copy / "out" / name
    if edit == "altered":
        file.write_bytes(file.read_bytes() + b"\n")
    else:
        file.unlink()
    with pytest.raises(tk.VerificationError, match=name) as caught:
        tk.verify(copy / "out")
    found = caught.value.breaches
    assert found.check.tolist()[0] == "files"
    assert found.found.tolist()[0] == {"altered": "another SHA-256", "gone": "missing"}[edit]


@pytest.mark.parametrize(
    ("text", "found"),
    [(None, "missing"), ("{", "unreadable"), ("[]", "other files"), ('{"plan.json": "x"}', "other files")],
)
def test_a_manifest_that_lists_something_else_is_found(copy, text, found):
    file = copy / "out" / MANIFEST
    file.unlink() if text is None else file.write_text(text)
    with pytest.raises(tk.VerificationError, match=found):
        tk.verify(copy / "out")


def other_plan(whole, change):
    """A plan that says all of itself truly and claims to be optimal, from other pairs: ``change(instance, chosen)``."""
    instance = build_instance(whole.moves, whole.policy)
    units = dict(zip(whole.transfers.employee_id, whole.transfers.to_unit, strict=True))
    goes = [units.get(who) for who in instance.ids[instance.person]]
    chosen = np.flatnonzero(instance.cells.unit_id.to_numpy()[instance.target] == goes)
    assert len(chosen) == len(whole.transfers)
    pairs = np.sort(change(instance, chosen))
    price = np.array(
        [whole.certificate.prices[f][u] for f, u in zip(instance.cells.family, instance.cells.unit_id, strict=True)]
    )
    low, high = whole.summary.budget_price, whole.summary.budget_price_high
    below = bound(instance, price, low, whole.policy.max_moves)
    is_as_good = instance.objective(pairs) <= whole.summary.objective + 1e-6
    proof = Proof(price, (low, high if is_as_good else low), below)
    return describe(instance, pairs, proof, whole.moves, whole.policy, "optimal")


def nobody(instance, chosen):
    return chosen[:0]


def one_dropped(instance, chosen):
    return chosen[1:]


def persons_swapped(instance, chosen):
    """One mover replaced by another person or place: the first exchange that the limits allow and that makes it worse."""
    best = instance.objective(chosen)
    for out in chosen:
        rest = chosen[chosen != out]
        for pair in np.flatnonzero(~np.isin(instance.person, instance.person[rest])):
            other = np.append(rest, pair)
            after = instance.after(other)
            leavers = np.bincount(instance.source[other], minlength=len(after))
            holds = (after >= instance.floor - 1e-9) & (after <= instance.ceiling + 1e-9) & (leavers <= instance.limit)
            if holds.all() and instance.objective(other) > best + 1e-4:
                return other
    raise AssertionError("nobody to swap")


@pytest.mark.parametrize("budget", [None, 3, 30])
@pytest.mark.parametrize("change", [nobody, one_dropped, persons_swapped])
def test_a_worse_plan_that_claims_to_be_optimal_is_refused(tmp_path, budget, change):
    whole = chain(write_agency(tmp_path / "data", people=110), max_moves=budget)
    assert whole.summary.gap == 0
    plan = other_plan(whole, change)
    assert plan.summary.gap > 0
    with pytest.raises(tk.VerificationError, match="status: found optimal, expected feasible"):
        tk.verify(plan)
    honest = dataclasses.replace(plan, summary=plan.summary.replace("optimal", "feasible"))
    assert "not proven" in tk.verify(honest, lang="en")[-2]


def test_a_stopped_plan_is_not_optimal_by_its_word(tmp_path):
    whole = chain(write_agency(tmp_path / "data", people=110))
    stopped = tk.balance(whole.moves.need, whole.moves, time_limit=0)
    assert stopped.summary.status == "feasible"
    assert tk.verify(stopped)
    forged = dataclasses.replace(stopped, summary=stopped.summary.replace("feasible", "optimal"))
    with pytest.raises(tk.VerificationError, match="status: found optimal, expected feasible"):
        tk.verify(forged)


def twins(folder):
    """Twelve people who differ in nothing but their id, of whom some move: who, only the rule on ties says."""
    folder.mkdir()
    people = "".join(f"p{i:02d},A,clerk,2015-01-01\n" for i in range(12))
    people += "".join(f"q{i},B,clerk,2015-01-01\n" for i in range(2))
    tables = {
        "units": "unit_id,name\nA,Dinas A\nB,Dinas B\n",
        "jobs": "job_id,name,category,retirement_age\nclerk,Clerk,general,58\n",
        "employees": "employee_id,unit_id,job_id,in_post_since\n" + people,
        "posts": "unit_id,job_id,official_need\nA,clerk,6\nB,clerk,6\n",
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.mark.parametrize("budget", [None, 2])
def test_who_of_twins_moves_is_the_choice_of_the_rule_alone(tmp_path, budget):
    whole = chain(twins(tmp_path / "data"), as_of="2026-04-01", max_moves=budget)
    assert "published rule takes" in tk.verify(whole, lang="en")[-3]

    def friends(instance, chosen):
        free = np.setdiff1d(np.arange(len(instance.person)), chosen)
        return np.append(chosen[1:], free[0])

    forged = other_plan(whole, friends)
    assert (forged.summary.objective, forged.summary.gap) == (whole.summary.objective, 0)
    with pytest.raises(tk.VerificationError, match="not the one that the published rule takes"):
        tk.verify(forged)


def test_a_budget_inside_a_chain_is_a_claim_and_is_said_to_be_one(tmp_path):
    """Of two moves that pay only together one is allowed: no prices prove it, and verify does not say that they do."""
    jobs = "job_id,name,category,retirement_age\nclerk,Clerk,general,58\n"
    people = "".join(f"a{i},A,clerk,2015-01-01,C\n" for i in range(4)) + "b0,B,clerk,2015-01-01,A\n"
    people += "b1,B,clerk,2015-01-01,A\nc0,C,clerk,2015-01-01,\n"
    tables = {
        "units": "unit_id,name\nA,Dinas A\nB,Dinas B\nC,Dinas C\n",
        "jobs": jobs,
        "employees": "employee_id,unit_id,job_id,in_post_since,conflict_unit_ids\n" + people,
        "posts": "unit_id,job_id,official_need\nA,clerk,1\nB,clerk,2\nC,clerk,4\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    whole = chain(tmp_path, as_of="2026-04-01", allow_beyond_need=True, max_moves=1)
    assert (whole.summary.status, len(whole.transfers)) == ("optimal", 1)
    assert whole.summary.gap > 0
    said = tk.verify(whole, lang="en")
    assert "claimed to be optimal, not proven" in said[-2]
    assert "they are not checked" in said[-3]


def test_what_was_read_and_every_value_that_is_not_the_default_is_named(copy):
    said = tk.verify(copy / "out", lang="en")
    assert str(copy / "data") in said[1]
    plan = tk.read_plan(copy / "out")
    assert f"employees.csv {plan.files['employees.csv'][:12]}" in said[1]
    assert "max_moves = 3 (default: none)" in said[-1]
    assert tk.verify(copy / "out")[0].startswith("Berkas rekomendasi plan.json, prices.csv, laporan.html")


def leaves(body, path=()):
    if isinstance(body, dict):
        for key, value in body.items():
            yield from leaves(value, (*path, key))
    elif isinstance(body, list):
        for i, value in enumerate(body):
            yield from leaves(value, (*path, i))
    else:
        yield path


def change_one_value(text: str, rng: random.Random) -> str:
    """Change, drop or retype one value of a JSON text."""
    body = json.loads(text)
    *way, last = rng.choice(list(leaves(body)))
    place = body
    for step in way:
        place = place[step]
    old = place[last]
    new = [None, True, "", "x\ud800", "U1", -1, 0, 1e308, 10**400, [], {}, "id", "2020-01-01"]
    if isinstance(old, int | float) and not isinstance(old, bool):
        new += [old + 1, old * 1.001, -old, old * (1 + 1e-6), str(old)]
    if isinstance(old, str):
        new += [old + " ", old.upper(), old[:-1]]
    if rng.random() < 0.15 and isinstance(place, dict):
        del place[last]
    else:
        place[last] = rng.choice(new)
    return json.dumps(body, indent=1)


def change_one_byte(text: str, rng: random.Random) -> bytes:
    raw = bytearray(text.encode())
    i = rng.randrange(len(raw))
    kind = rng.randrange(4)
    if kind == 0:
        raw[i] = rng.randrange(256)
    elif kind == 1:
        del raw[i]
    elif kind == 2:
        raw.insert(i, rng.choice(b'0123456789",{}[]\x00\xff e.-'))
    else:
        del raw[i : i + rng.randrange(1, 400)]
    return bytes(raw)


def relied_on(root: Path) -> tuple:
    """What a reader relies on: who moves where at what cost and with which notes, staff, need, loads, limits and prices
    of every cell, every figure of the summary, the input's hashes, and every policy value that verify does not name
    as changed by hand. Figures count as printed, to 2e-8. Not relied on: the way the text is laid out, the way
    the folder is spelled, and a policy value without effect here, which verify lists as differing."""
    plan = tk.read_plan(root / "out")
    rows = [
        *plan.transfers.to_dict("records"),
        *plan.cells.sort_values(["family", "unit_id"]).to_dict("records"),
        dict(plan.summary),
    ]
    prices = {(f, u): p for f, units in plan.certificate.prices.items() for u, p in units.items()}
    return rows, prices, dict(plan.files), plan.policy.plain()


def same(one, other) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return one == pytest.approx(other, rel=2e-8, abs=2e-8, nan_ok=True)
    return one == other


@pytest.mark.parametrize("block", [0, *(pytest.param(i, marks=pytest.mark.slow) for i in range(1, 40))])
def test_no_single_change_breaks_verify_or_deceives_a_reader(dossier, tmp_path, block, capsys):
    original = relied_on(dossier)
    for turn in range(25):
        rng = random.Random(1000 * block + turn)
        root = tmp_path / str(turn)
        shutil.copytree(dossier / "out", root / "out")
        (root / "data").symlink_to(dossier / "data", target_is_directory=True)
        file = root / "out" / rng.choice(["plan.json", "plan.json", "plan.json", "prices.csv"])
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json" and rng.random() < 0.7:
            file.write_text(change_one_value(text, rng), encoding="utf-8")
        else:
            file.write_bytes(change_one_byte(text, rng))
        agree(root)
        code = main(["verify", str(root / "out")])  # an exception of any other kind fails the test
        out, err = capsys.readouterr()
        assert code in (0, 1)
        if code == 1:
            assert err.startswith("mutasi: ")
            continue
        rows, prices, files, policy = relied_on(root)
        assert all(same(a[name], b[name]) for a, b in zip(rows, original[0], strict=True) for name in b)
        assert len(rows) == len(original[0])
        assert prices.keys() == original[1].keys()
        assert all(same(prices[cell], original[1][cell]) for cell in prices)
        assert files == original[2]
        for name, value in policy.items():
            assert value == original[3][name] or f"{name} = {value}" in out


def planted(whole, breaks):
    """A plan of allowed pairs that says all of itself truly, but that breaks a limit: pairs are added until it does."""
    instance = build_instance(whole.moves, whole.policy)
    chosen = np.zeros(0, dtype="int64")
    for pair in range(len(instance.person)):
        if pair in chosen or instance.person[pair] in instance.person[chosen]:
            continue
        more = np.sort(np.append(chosen, pair))
        broken = {
            "floor": (instance.after(more) < instance.floor - 0.5).any(),
            "ceiling": (instance.after(more) > instance.ceiling + 0.5).any(),
            "outflow_limit": (np.bincount(instance.source[more], minlength=len(instance.need)) > instance.limit).any(),
            "budget": whole.policy.max_moves is not None and len(more) > whole.policy.max_moves,
        }
        if broken[breaks] and sum(broken.values()) == 1:
            price = np.asarray(-instance.step(instance.before) * instance.unit)
            below = bound(instance, price, 0.0, whole.policy.max_moves)
            return describe(instance, more, Proof(price, (0.0, 0.0), below), whole.moves, whole.policy, "feasible")
        if not any(broken.values()):
            chosen = more
    raise AssertionError(f"no plan breaks {breaks} alone")


@pytest.mark.parametrize(
    ("breaks", "policy"),
    [
        ("floor", {"outflow_share": 1.0, "allow_beyond_need": True}),
        ("ceiling", {"outflow_share": 1.0}),
        ("outflow_limit", {"outflow_share": 0.1, "allow_beyond_need": True}),
        ("budget", {"max_moves": 1, "outflow_share": 1.0, "allow_beyond_need": True}),
    ],
)
def test_a_plan_that_breaks_one_limit_and_is_true_otherwise_is_found(tmp_path, breaks, policy):
    whole = chain(write_agency(tmp_path / "data", people=110), **policy)
    plan = planted(whole, breaks)
    with pytest.raises(tk.VerificationError, match="does not hold") as caught:
        tk.verify(plan)
    found = caught.value.breaches
    assert breaks in set(found.check)
    assert set(found.check) <= {breaks, "certificate"}


def test_a_plan_below_its_own_bound_is_never_called_proven(tmp_path):
    whole = chain(write_agency(tmp_path / "data", people=110))
    summary = whole.summary.copy()
    summary["bound"] = summary["objective"] + 1
    forged = dataclasses.replace(
        whole, summary=summary, certificate=dataclasses.replace(whole.certificate, bound=summary["bound"])
    )
    with pytest.raises(tk.VerificationError, match="at most the objective"):
        tk.verify(forged)


def test_verification_loads_no_solver():
    code = "import sys, toolkit.verification; print(sorted({'pulp', 'highspy'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
