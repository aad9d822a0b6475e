"""What the command line says in Indonesian is Indonesian: check, verify with its breaches, and --help."""

import argparse
import ast
import inspect
import json
import re
from dataclasses import fields

import pytest

import toolkit as tk
from tests.check.test_faults import FAULTS
from tests.spoken import CODE, DECIDED, english_in
from tests.tables import BASE, write
from toolkit.cli import main
from toolkit.errors import MutasiError
from toolkit.intake.policy import Policy
from toolkit.words import LANGUAGES, few, lexicon, policy_file

COMMANDS = ["check", "recommend", "verify", "sample", "template", "anonymise"]
# texts of argparse for whoever writes a parser in the wrong way; no user meets them
FOR_PROGRAMMERS = (
    "conflicting",
    ".__call__()",
    "'required' is",
    "mutually exclusive",
    "%r is not callable",
    "cannot merge",
    "invalid option string",
    "dest= is required",
    "invalid conflict_resolution",
    "cannot have multiple",
    'argument "-"',
    "unknown parser",
)


def said(capsys, *words, code=0):
    assert main([*map(str, words)]) == code
    return "".join(capsys.readouterr())


def as_the_sample_with_notes(folder):
    """Tables under other names, with a title above, a total below, numbers by comma, and columns nobody knows."""
    employees = "Daftar pegawai,,,\nNIP,UNIT ORGANISASI,JABATAN ID,Nama\np1,A,clerk,Siti\np2,Beta,clerk,Ali\nTotal,,,\n"
    volumes = 'unit_id,service_id,period,received\nA,letters,2025,"12,5"\nB,letters,2025,"7,5"\n'
    return write(folder, employees=employees.replace("UNIT ORGANISASI", "unit_id"), volumes=volumes, notes="a,b\n1,2\n")


@pytest.mark.parametrize("folder", ["data/hand", "data/published/wisn"])
def test_check_speaks_indonesian(capsys, folder):
    assert english_in(said(capsys, "check", folder)) == set()


def test_the_notes_and_warnings_of_check_speak_indonesian(tmp_path, capsys):
    tables = {"units": BASE["units"] + "".join(f"D{at},Delta\n" for at in range(7))}
    told = said(capsys, "check", as_the_sample_with_notes(tmp_path / "1"))
    assert "Catatan: " in told
    assert english_in(told) == set()
    told = said(capsys, "check", write(tmp_path / "2", **tables))
    assert "Perlu diperiksa (7): unit kerja tanpa seorang pun: D0, D1, D2, D3, D4 ..." in told
    assert english_in(told) == set()


@pytest.mark.slow
def test_check_of_the_sample_speaks_indonesian(capsys):
    assert english_in(said(capsys, "check", "data/sample")) == set()


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_told_in_indonesian(tmp_path, capsys, case):
    told = said(capsys, "check", write(tmp_path / "data", **FAULTS[case][0]), code=1)
    assert english_in(told) == set(), told
    assert not re.search(r"\d %", told)


@pytest.mark.parametrize("command", [[], *([each] for each in COMMANDS)], ids=lambda words: " ".join(words) or "mutasi")
def test_help_speaks_the_language_asked_for(capsys, command):
    told = {}
    for lang in LANGUAGES:
        with pytest.raises(SystemExit, match="0"):
            main([*command, "--lang", lang, "--help"])
        told[lang] = capsys.readouterr().out
    assert english_in(told["id"]) == set()
    assert told["id"].startswith("pemakaian: mutasi")
    assert told["en"].startswith("usage: mutasi")
    assert argparse.ArgumentParser("x").format_usage().startswith("usage: ")  # argparse is as it was


def test_every_text_of_argparse_that_a_user_meets_has_its_words():
    """In this very Python: a later one may say something new, which would stay in English."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(argparse))) if isinstance(node, ast.Call)]
    gettext = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext")]
    texts = {part.value for node in gettext for part in node.args if isinstance(part, ast.Constant)}
    met = {text for text in texts if isinstance(text, str) and not text.startswith(FOR_PROGRAMMERS)}
    assert met - {text for key, text in lexicon("en").items() if key.startswith("argparse.")} == set()


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    root = tmp_path_factory.mktemp("whole")
    people = "employee_id,unit_id,job_id\n" + "".join(f"p{at},{'A' if at < 6 else 'B'},clerk\n" for at in range(8))
    volumes = "unit_id,service_id,period,received\nA,letters,2025,2500\nB,letters,2025,15000\n"
    assert (
        main(["recommend", str(write(root / "data", employees=people, volumes=volumes)), "--out", str(root / "out")])
        == 0
    )
    return root


def test_verify_confirms_in_the_language_asked_for(dossier, capsys, monkeypatch):
    capsys.readouterr()
    told = said(capsys, "verify", dossier / "out")
    assert english_in(told) == set()
    assert told.splitlines()[1].startswith("Masukan dalam ")
    assert said(capsys, "verify", dossier / "out", "--lang", "en").startswith("The files of the dossier")
    monkeypatch.setenv("MUTASI_LANG", "en")
    assert said(capsys, "verify", dossier / "out").startswith("The files of the dossier")


def cheaper(body):
    body["transfers"][0]["cost"] = 0.001


def moved_twice(body):
    body["transfers"].append(dict(body["transfers"][0]))


def somebody_else(body):
    body["transfers"][0]["employee_id"] = "p999"


def a_cell_less(body):
    body["cells"].pop()


def no_price(body):
    units = next(iter(body["certificate"]["prices"].values()))
    units.pop(next(iter(units)))


def proven_beyond_itself(body):
    body["certificate"]["bound"] = body["summary"]["bound"] = body["summary"]["objective"] + 1


def a_limit_of_nothing(body):
    body["summary"]["max_moves"] = 5


def a_policy_nobody_knows(body):
    body["policy"]["colour"] = 1


BREACHES = [cheaper, moved_twice, somebody_else, a_cell_less, no_price, proven_beyond_itself, a_limit_of_nothing]


@pytest.mark.parametrize("change", [*BREACHES, a_policy_nobody_knows], ids=lambda change: change.__name__)
def test_a_breach_is_told_in_both_languages(dossier, tmp_path, capsys, change):
    body = json.loads((dossier / "out" / "plan.json").read_text(encoding="utf-8"))
    change(body)
    (tmp_path / "plan.json").write_text(json.dumps(body), encoding="utf-8")
    (tmp_path / "prices.csv").write_bytes((dossier / "out" / "prices.csv").read_bytes())
    told = {
        lang: said(capsys, "verify", tmp_path, "--data", dossier / "data", "--lang", lang, code=1) for lang in LANGUAGES
    }
    assert english_in(told["id"]) == set(), told["id"]
    assert english_in(told["en"]), told["en"]


def test_other_inputs_and_prices_are_told_in_both_languages(dossier, tmp_path, capsys):
    out = dossier / "out"
    changed = write(tmp_path / "changed", jobs=None)
    told = said(capsys, "verify", out, "--data", changed, code=1)
    assert "masukan: jobs.csv: tertulis tidak ada, seharusnya" in told
    assert "SHA-256 lain" in told
    assert english_in(told) == set()
    told = said(capsys, "verify", out, "--data", tmp_path / "nowhere", code=1)
    assert "folder tidak ada" in told
    assert english_in(told) == set()
    (tmp_path / "plan.json").write_bytes((out / "plan.json").read_bytes())
    told = said(capsys, "verify", tmp_path, "--data", dossier / "data", code=1)
    assert "prices.csv: tertulis tidak ada, seharusnya nilai marginal dalam plan.json" in told
    assert english_in(told) == set()


def test_an_error_can_be_said_in_the_other_language_after_it_was_raised(tmp_path):
    with pytest.raises(tk.InputError, match="1 fault in") as caught:
        tk.load(write(tmp_path, units="unit_id,name\nA,\nB,b\nC,c\n"))
    assert caught.value.said("id").startswith("1 kesalahan dalam ")
    assert caught.value.said("id") != caught.value.said("en") == str(caught.value)
    with pytest.raises(
        tk.VerificationError, match=r"the plan does not hold, 1 breach:\n  inputs: a.csv: found 1"
    ) as told:
        raise tk.VerificationError([("inputs", "a.csv", 1, 2)])
    assert (
        told.value.said("id")
        == "rancangan ini tidak terbukti, 1 ketidaksesuaian:\n  masukan: a.csv: tertulis 1, seharusnya 2"
    )
    assert MutasiError("of a rule of one's own").said("id") == "of a rule of one's own"


def test_how_many_there_are_is_said_in_both_languages():
    assert few("abcdefg", "id") == "a, b, c, d, e ... (seluruhnya 7)"
    assert few("abcde", "id") == "a, b, c, d, e"


def test_no_indonesian_sentence_holds_an_english_word():
    """Word by word of id.toml; a word that both languages have is named in tests/spoken.py."""
    found = {key: english_in(text, CODE.get(key.split(".")[0], "").split()) for key, text in lexicon("id").items()}
    assert {key: words for key, words in found.items() if words} == {}


def test_no_indonesian_sentence_sounds_decided():
    for text in [*lexicon("id").values(), policy_file("id")]:
        assert not DECIDED.search(text), text


def test_the_indonesian_policy_file_holds_no_english_word():
    remarks = "\n".join(line for line in policy_file("id").splitlines() if not re.match(r"# \w+ = ", line))
    codes = {code for each in fields(Policy) for code in each.metadata["codes"]}
    allowed = {"true", "false", "balance", "load", "set", "places", "per"} | codes
    assert english_in(remarks, allowed) == set()


@pytest.mark.parametrize(
    ("sentence", "english"),
    [
        ("Aturan berikut diterapkan and berlaku.", {"and"}),
        ("Status feasible, celah optimalitas 0.", {"feasible"}),
        ("Pegawai ini transferred, lalu dipindahkan of unit kerja.", {"of"}),
        ("kebutuhan, dibulatkan (rounded)", {"rounded"}),
        ("“locked office” tidak diterapkan", {"locked", "office"}),
        ("dasar: civil registry", {"registry"}),
        ("Unit kerja ini berisi data, format, dan volume.", set()),
    ],
)
def test_a_planted_english_word_is_found(sentence, english):
    found = english_in(sentence, ())
    assert english <= found
    assert bool(english) == bool(found)


@pytest.mark.parametrize("planted", ["Pegawai akan dipindahkan.", "P1 akan pindah ke B", "ia akan dimutasikan"])
def test_what_sounds_decided_is_found(planted):
    assert DECIDED.search(planted)
    assert not DECIDED.search("P1 diusulkan pindah ke B; jabatannya akan lowong")
