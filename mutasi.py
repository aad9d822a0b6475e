"""Starts the toolkit with nothing but a Python: python mutasi.py recommend FOLDER --out hasil.

Old Pythons must be able to read this file, to print that they are too old: no f-strings, no annotations.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile

OLDEST = (3, 11)
HERE = os.path.dirname(os.path.realpath(__file__))
WHEELS = os.path.join(HERE, "wheels")
VENV = os.path.join(HERE, ".venv")
ASIDE = os.path.join(HERE, ".venv-before")  # the .venv before, until the new one stands
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
MADE, READY = "made-by-mutasi.txt", "ready.txt"  # written first and last
TESTS = ["pytest", "--nbval", "--nbval-current-env", "-n", "2", "--dist", "loadfile", "-m", "not slow"]
NO_NEWS = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
USAGE, SENTENCES = {}, {}
USAGE["en"] = """\
usage: python mutasi.py WORD [ARGUMENTS]

  check FOLDER                    check the tables: faults, warnings, rules that will be off
  recommend FOLDER --out FOLDER   from tables to a justified transfer recommendation
  verify FOLDER                   verify a recommendation again
  ...                             any other command of the toolkit; each explains itself with --help
  test [ARGUMENTS]                run the tests; arguments go to pytest
  lab [ARGUMENTS]                 open the notebooks in JupyterLab
  pack                            fill the folder wheels, for rooms without internet; installs use it when it is there

The first run sets up .venv beside mutasi.py, unless the Python that runs it has everything already.
"""
USAGE["id"] = """\
pemakaian: python mutasi.py PERINTAH [ARGUMEN]

  check FOLDER                    periksa tabel: kesalahan, hal yang perlu diperiksa, aturan yang tidak akan dipakai
  recommend FOLDER --out FOLDER   dari tabel menuju rekomendasi perpindahan yang beralasan
  verify FOLDER                   periksa ulang sebuah rekomendasi
  ...                             perintah lain; masing-masing dijelaskan dengan --help
  test [ARGUMEN]                  jalankan pengujian; argumen diteruskan ke pytest
  lab [ARGUMEN]                   buka buku catatan dalam JupyterLab
  pack                            isi folder wheels, untuk ruang tanpa internet; dipakai bila folder itu ada

Pemakaian pertama menyiapkan .venv di samping mutasi.py, kecuali Python yang dipakai sudah lengkap.
"""
SENTENCES["en"] = {
    "old": "needs Python 3.11 or later; this is {this} ({python}); start it with a newer one",
    "setting_up": "setting up .venv, once; this takes about a minute",
    "foreign": ".venv was not made by mutasi.py and stays as it is: rename it, or activate it and install with the two"
    " pip commands of the README",
    "no_venv": "{python} cannot make .venv, its venv or ensurepip is missing: install it (Debian and Ubuntu: apt"
    " install python3-venv) or use another Python",
    "pip": "pip {command} did not work ({reason}): {remedy}",
    "silent": "no word",
    "no_space": "free one gigabyte of disk space",
    "no_wheel": "the folder wheels does not serve this Python; remove it, or fill it by {pack}",
    "no_network": "check the internet connection, or carry here the folder wheels made by {pack}",
    "by_pack": "`python mutasi.py pack` on a machine with internet and the same system and Python",
    "packed": "{count} wheels for {machine} are in the folder wheels: carry it beside mutasi.py",
    "interrupted": "interrupted",
    "unusable": "could not set up ({reason}): free disk space or move the folder to where you may write",
}
SENTENCES["id"] = {
    "old": "diperlukan Python 3.11 atau yang lebih baru, sedangkan ini {this} ({python}); gunakan yang lebih baru",
    "setting_up": ".venv sedang disiapkan, satu kali saja; perlu waktu sekitar satu menit",
    "foreign": ".venv tidak dibuat oleh mutasi.py dan dibiarkan sebagaimana adanya: ganti namanya, atau aktifkan lalu"
    " pasang isinya dengan dua perintah pip dalam README",
    "no_venv": "{python} tidak dapat membuat .venv karena venv atau ensurepip tidak tersedia: pasang (Debian dan"
    " Ubuntu: apt install python3-venv), atau gunakan Python lain",
    "pip": "pip {command} tidak berhasil ({reason}): {remedy}",
    "silent": "tanpa keterangan",
    "no_space": "kosongkan ruang penyimpanan sebesar satu gigabita",
    "no_wheel": "folder wheels tidak sesuai dengan Python ini; hapus folder itu, atau isi dengan {pack}",
    "no_network": "periksa sambungan internet, atau salin ke sini folder wheels yang dibuat dengan {pack}",
    "by_pack": "`python mutasi.py pack` pada komputer berinternet dengan sistem dan Python yang sama",
    "packed": "folder wheels kini berisi {count} berkas untuk {machine}: salin folder itu ke samping mutasi.py",
    "interrupted": "dihentikan",
    "unusable": "tidak dapat disiapkan ({reason}): kosongkan ruang penyimpanan, atau pindahkan folder ini ke tempat"
    " yang dapat Anda tulisi",
}
SPOKEN = {"lang": "id"}  # one process speaks one language, which main chooses


class SetupError(Exception):
    """What keeps the toolkit from starting: one sentence with fact, culprit and remedy."""


def speak(args):
    """Choose the language as the toolkit does: --lang, else MUTASI_LANG, else Indonesian."""
    given = [word[len("--lang=") :] for word in args if word.startswith("--lang=")]
    given += [args[at + 1] for at, word in enumerate(args[:-1]) if word == "--lang"]
    wanted = given[0] if given else os.environ.get("MUTASI_LANG")
    SPOKEN["lang"] = wanted if wanted in SENTENCES else "id"


def sentence_of(key, **facts):
    """A sentence in the language that was chosen."""
    return SENTENCES[SPOKEN["lang"]][key].format(**facts)


def say(sentence):
    """Tell the user on stderr; results alone go to stdout."""
    sys.stderr.write("mutasi.py: " + sentence + "\n")


def read(*path):
    """Text of a file, empty if there is none."""
    try:
        with open(os.path.join(*path), encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def write(text, *path):
    """Write a file and the folders it needs."""
    os.makedirs(os.path.join(*path[:-1]), exist_ok=True)
    with open(os.path.join(*path), "w", encoding="utf-8") as file:
        file.write(text)


def pins(text):
    """Versions by name, and whether one must be there: an entry with a marker is for some machines only."""
    found = {}
    for name, version, marker in re.findall(r"^([\w.-]+)(?:\[.*?\])?==([^\s;\\]+)[ \t]*(;?)", text, re.MULTILINE):
        name = re.sub(r"[-_.]+", "-", name).lower()
        versions, needed = found.get(name, (set(), False))
        found[name] = (versions | {version}, needed or not marker)
    return found


def installed(name):
    """Version of a distribution of the running Python, None if it is not there; any spelling of the name will do."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def is_installed_here():
    """Whether the running Python has this very folder installed editable."""
    from importlib import metadata
    from pathlib import Path

    here = {"url": Path(HERE).as_uri(), "dir_info": {"editable": True}}
    # All that bear the name: mutasi.egg-info in this folder comes first on the path and knows nothing of it.
    found = metadata.distributions(name="mutasi")
    return any(json.loads(each.read_text("direct_url.json") or "{}") == here for each in found)


def is_complete(wanted, version_of):
    """Whether every pin holds: its version is there, or nothing and only some machines need it."""
    found = {name: version_of(name) for name in wanted}
    return all(found[name] in versions or not (found[name] or needed) for name, (versions, needed) in wanted.items())


def origin():
    """What a .venv depends on for life: the Python that made it and where it stands."""
    return "{}.{}.{}\n".format(*sys.version_info) + HERE + "\n"


def fingerprint():
    """Changes with the pins, the project, the Python and the place."""
    parts = [read(HERE, "requirements.txt"), read(HERE, "pyproject.toml"), origin()]
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()


def prepare(source):
    """The Python to start: the running one if it has everything, else that of .venv, made or renewed if need be."""
    if is_installed_here() and is_complete(pins(read(HERE, "requirements.txt")), installed):
        return sys.executable
    if read(VENV, READY) == fingerprint() and os.path.isfile(PYTHON):
        return PYTHON
    if os.path.lexists(VENV) and not os.path.isfile(os.path.join(VENV, MADE)):
        raise SetupError(sentence_of("foreign"))
    if read(VENV, MADE) == origin() and os.path.isfile(os.path.join(VENV, READY)) and os.path.isfile(PYTHON):
        install(source)
    else:
        make(source)
    return PYTHON


def make(source):
    """Create .venv again; if that fails, what was there before comes back."""
    from importlib.util import find_spec

    if not (find_spec("venv") and find_spec("ensurepip")):
        raise SetupError(sentence_of("no_venv", python=sys.executable))
    import venv

    if os.path.isfile(os.path.join(ASIDE, MADE)):
        shutil.rmtree(ASIDE)
    if os.path.lexists(VENV):
        os.rename(VENV, ASIDE)
    try:
        write(origin(), VENV, MADE)
        venv.create(VENV, with_pip=True, symlinks=os.name != "nt")
        install(source)
    except BaseException:
        shutil.rmtree(VENV, ignore_errors=True)
        if os.path.lexists(ASIDE):
            os.rename(ASIDE, VENV)
        raise
    shutil.rmtree(ASIDE, ignore_errors=True)


def install(source):
    """Bring the pins and this folder into .venv; it is ready only when the last file is written."""
    say(sentence_of("setting_up"))
    write("", VENV, READY)
    pip(PYTHON, ["install"] + source + ["--require-hashes", "-r", "requirements.txt"])
    pip(PYTHON, ["install", "--no-deps", "--no-build-isolation", "-e", "."])
    write(json.dumps(NO_NEWS), VENV, "share", "jupyter", "lab", "settings", "overrides.json")
    write(fingerprint(), VENV, READY)


def pip(python, args):
    """Run pip without a sound; if it fails, its last error goes into the sentence."""
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_USER="0", PYTHONUTF8="1")
    command = [python, "-m", "pip", "-q"] + args
    ran = subprocess.run(command, cwd=HERE, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if ran.returncode == 0:
        return
    lines = ran.stdout.decode("utf-8", "replace").strip().splitlines() or [sentence_of("silent")]
    reason = ([line[7:] for line in lines if line.startswith("ERROR: ")] or lines)[-1].split(". ")[0]
    if "No space left" in reason:
        remedy = sentence_of("no_space")
    elif "--no-index" in args:
        remedy = sentence_of("no_wheel", pack=sentence_of("by_pack"))
    else:
        remedy = sentence_of("no_network", pack=sentence_of("by_pack"))
    raise SetupError(sentence_of("pip", command=args[0], reason=reason, remedy=remedy))


def pack():
    """Add the wheels of every pin to the folder wheels, all or none of them."""
    python = prepare([])
    with tempfile.TemporaryDirectory(prefix="wheels-", dir=HERE) as folder:
        pip(python, ["download", "--only-binary=:all:", "--require-hashes", "-r", "requirements.txt", "-d", folder])
        os.makedirs(WHEELS, exist_ok=True)
        names = os.listdir(folder)
        for name in names:
            os.replace(os.path.join(folder, name), os.path.join(WHEELS, name))
    machine = "Python {}.{}, {} {}".format(*list(sys.version_info[:2]) + [platform.system(), platform.machine()])
    say(sentence_of("packed", count=len(names), machine=machine))
    return 0


def run(command, folder=None, **settings):
    """Run a child to its end and pass its exit code on; an interrupt is the child's to answer."""
    signal.signal(signal.SIGINT, lambda *_: None)
    code = subprocess.call(command, cwd=folder, env=dict(os.environ, PYTHONUTF8="1", **settings))
    return code if code >= 0 else 128 - code


def start(word, arguments):
    """Do what the first word says; one that is not the launcher's own is the toolkit's."""
    if word == "pack" and not arguments:
        return pack()
    python = prepare(["--no-index", "--find-links", WHEELS] if os.path.isdir(WHEELS) else [])
    if word == "test":
        return run([python, "-m"] + TESTS + arguments, HERE, OMP_NUM_THREADS="1")
    if word == "lab":
        folder = os.path.join(HERE, "notebooks")
        folder = folder if os.path.isdir(folder) else HERE
        lang = os.environ.get("MUTASI_LANG") or "en"  # that of the notebooks' words
        return run([python, "-m", "jupyterlab"] + arguments, folder, OMP_NUM_THREADS="1", MUTASI_LANG=lang)
    return run([python, "-P", "-m", "toolkit", word] + arguments)  # -P: no file of the user's folder is taken for ours


def main(args):
    """Exit code: the child's own; 1 if it could not be started, 2 for no arguments, 130 if interrupted."""
    speak(args)
    if sys.version_info < OLDEST:
        say(sentence_of("old", this="{}.{}.{}".format(*sys.version_info), python=sys.executable))
        return 1
    if not args or args[0] in ("-h", "--help"):
        (sys.stdout if args else sys.stderr).write(USAGE[SPOKEN["lang"]])
        return 0 if args else 2
    try:
        return start(args[0], args[1:])
    except KeyboardInterrupt:
        say(sentence_of("interrupted"))
        return 130
    except SetupError as error:
        say(str(error))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        say(sentence_of("unusable", reason=error))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
