"""The command ``mutasi``: command line -> front door -> exit code.

0 done, 1 data, policy or plan at fault, 2 wrong words, 130 interrupted.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tomllib
from collections.abc import Sequence
from typing import Any

from toolkit.errors import MutasiError


def run() -> None:
    """Run the command line of this process and exit with its code."""
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    words = _parser().parse_args(argv)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        return int(words.command(words))
    except MutasiError as error:
        print(f"mutasi: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"mutasi: {error.filename or 'a file'}: {error.strerror}; choose a place that can be used", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        print("mutasi: interrupted; nothing was written", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mutasi", description="From staff and service-volume tables to a transfer recommendation."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="the verdict on the tables: faults, oddities, rules that will be off")
    check.set_defaults(command=_check)
    _add_data(check)

    recommend = commands.add_parser("recommend", help="the whole way: tables to a proven plan")
    recommend.set_defaults(command=_recommend)
    _add_data(recommend)
    _add_out(recommend, "the dossier")
    recommend.add_argument("--max-moves", metavar="N", type=_count, help="at most so many transfers")
    recommend.add_argument(
        "--time-limit", metavar="SECONDS", type=_count, help="stop the proof then: the best plan so far, with its gap"
    )

    verify = commands.add_parser("verify", help="re-check a dossier without a solver")
    verify.set_defaults(command=_verify)
    verify.add_argument("dossier", metavar="DIR", help="folder that recommend wrote")
    verify.add_argument("--data", metavar="DATA", help="where the tables stand now, if they were moved")

    sample = commands.add_parser("sample", help="write the tables of a synthetic agency")
    sample.set_defaults(command=_sample)
    sample.add_argument("--size", choices=["small"], default="small", help="small: the city of data/sample")
    sample.add_argument("--seed", metavar="N", type=_count, default=2026, help="another number, another agency")
    sample.add_argument("--truth", metavar="FILE", help="also write what the figures were drawn from (JSON)")
    _add_out(sample, "the tables")
    return parser


def _add_out(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--out", metavar="DIR", required=True, help=f"folder for {what}, empty or not there yet")
    command.add_argument("--force", action="store_true", help=f"replace {what} in DIR; other files stay")


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", metavar="DATA", help="folder of CSV tables, or a workbook (.xlsx)")
    command.add_argument("--lang", choices=["id", "en"], help="language of what is told (default: id)")
    command.add_argument(
        "--set", metavar="KEY=VALUE", type=_setting, action="append", default=[], help="override a key of policy.toml"
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _setting(text: str) -> tuple[str, Any]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def _sample(words: argparse.Namespace) -> int:
    from toolkit.sample.agency import make_sample

    print(make_sample(words.out, words.size, words.seed, words.force, words.truth) / "README.md")
    return 0


def _check(words: argparse.Namespace) -> int:
    from toolkit.errors import InputError
    from toolkit.intake.loading import load
    from toolkit.verdict import fault_lines, judge
    from toolkit.words import language

    lang = language(words.lang)
    try:
        data = load(words.data, **dict(words.set))
    except InputError as error:
        print("\n".join(fault_lines(error)), file=sys.stderr)
        return 1
    print("\n".join(judge(data).lines(lang)))
    return 0


def _recommend(words: argparse.Namespace) -> int:
    import toolkit as tk
    from toolkit.dossier.files import claim
    from toolkit.dossier.summary import lines
    from toolkit.reasons.retracing import Way, remember
    from toolkit.verdict import waiting
    from toolkit.words import language, say

    claim(words.out, words.force)
    lang = language(words.lang)
    settings = dict(words.set) | ({} if words.max_moves is None else {"max_moves": words.max_moves})
    data = tk.load(words.data, **settings)
    if later := waiting(data):
        print(say("oddity.for_revise", lang, count=len(later), examples=", ".join(later)), file=sys.stderr)
    norms, demand = tk.estimate_norms(data), tk.forecast_demand(data)
    need = tk.staff_need(data, norms, demand)
    moves = tk.allowed_moves(data, need)
    plan, way = tk.balance(need, moves, time_limit=words.time_limit), Way(data, norms, demand, need, moves)
    if plan.summary.status == "feasible" and words.time_limit is None:
        raise KeyboardInterrupt
    remember(plan, way)
    folder = tk.write_dossier(plan, words.out, words.force, lang)
    last = say("summary.dossier", lang, page=folder / "laporan.html", folder=folder)
    print("\n".join([*lines(way, plan, lang), last]))
    return 0


def _verify(words: argparse.Namespace) -> int:
    from toolkit.verification import verify

    for sentence in verify(words.dossier, words.data):
        print(sentence)
    return 0
