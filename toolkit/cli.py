"""The command ``mutasi``: read the command line, call the toolkit, return the exit code.

0 done, 1 data, policy or plan at fault, 2 wrong arguments, 130 interrupted.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from toolkit.errors import MutasiError


def run() -> None:
    """Run the command line of this process and exit with its code."""
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = _parser().parse_args(argv)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        return int(args.command(args))
    except MutasiError as error:
        print(f"mutasi: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever reads what is printed (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        print(
            f"mutasi: {error.filename or 'a file'}: {error.strerror}; choose a place that can be used", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        return _interrupted()


def _interrupted() -> int:
    print("mutasi: interrupted; nothing was written", file=sys.stderr)
    return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mutasi", description="From staff and service-volume tables to a transfer recommendation."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        command = commands.add_parser(run.__name__.lstrip("_"), help=about)
        command.set_defaults(command=run)
        return command

    check = add(_check, "check the tables: faults, warnings, rules that will be off")
    _add_data(check)
    check.add_argument("--out", metavar="DIR", help="write padanan.xlsx there: names to be confirmed")
    check.add_argument("--force", action="store_true", help="replace padanan.xlsx in DIR; other files stay")

    recommend = add(_recommend, "make a plan from the tables, and prove it optimal")
    _add_data(recommend)
    _add_out(recommend, "the dossier")
    recommend.add_argument("--max-moves", metavar="N", type=_count, help="largest number of transfers")
    recommend.add_argument(
        "--time-limit",
        metavar="SECONDS",
        type=_count,
        help="for the search; then the best plan so far, with its gap. Reading and writing come on top",
    )

    verify = add(_verify, "verify a dossier without a solver")
    verify.add_argument("dossier", metavar="DIR", help="folder that recommend wrote")
    verify.add_argument("--data", metavar="DATA", help="where the tables are now, if they were moved")

    sample = add(_sample, "write the tables of a synthetic agency")
    _add_sample_options(sample)

    _add_out(add(_template, "write an empty workbook with explanations and drop-downs"), "the template", speaks=True)
    anonymise = add(_anonymise, "write the tables with keyed ids and without personal data that no step needs")
    anonymise.add_argument("raw", metavar="RAW", help="folder of CSV tables, or a workbook (.xlsx)")
    anonymise.add_argument("--key-file", metavar="FILE", required=True, help="outside RAW and DIR; created if absent")
    _add_out(anonymise, "the tables", speaks=True)
    return parser


def _add_sample_options(sample: argparse.ArgumentParser) -> None:
    sample.add_argument("--size", choices=["small", "city", "province"], default="small", help="default: small")
    sample.add_argument("--seed", metavar="N", type=_count, default=2026, help="of the random numbers (default: 2026)")
    sample.add_argument("--truth", metavar="FILE", help="also write the true values behind the figures (JSON)")
    sample.add_argument(
        "--raw", action="store_true", help="write them as offices send them, with faults that FILE lists"
    )
    _add_out(sample, "the tables")


def _add_out(command: argparse.ArgumentParser, what: str, speaks: bool = False) -> None:
    command.add_argument("--out", metavar="DIR", required=True, help=f"folder for {what}, empty or not there yet")
    command.add_argument("--force", action="store_true", help=f"replace {what} in DIR; other files stay")
    if speaks:
        _add_lang(command)


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", metavar="DATA", help="folder of CSV tables, or a workbook (.xlsx)")
    _add_lang(command)
    command.add_argument(
        "--set", metavar="KEY=VALUE", type=_setting, action="append", default=[], help="override a key of policy.toml"
    )


def _add_lang(command: argparse.ArgumentParser) -> None:
    command.add_argument("--lang", choices=["id", "en"], help="language of the output (default: id)")


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


def _sample(args: argparse.Namespace) -> int:
    from toolkit.sample.agency import make_sample

    made = make_sample(args.out, args.size, args.seed, force=args.force, truth=args.truth, raw=args.raw)
    print(made / "README.md")
    return 0


def _template(args: argparse.Namespace) -> int:
    from toolkit.intake.template import write_template
    from toolkit.words import language

    print(write_template(args.out, language(args.lang), force=args.force))
    return 0


def _anonymise(args: argparse.Namespace) -> int:
    from toolkit.intake.anonymise import anonymise

    print(anonymise(args.raw, args.out, args.key_file, args.lang, force=args.force))
    return 0


def _check(args: argparse.Namespace) -> int:
    from toolkit.check.verdict import fault_lines, judge
    from toolkit.errors import InputError
    from toolkit.intake.loading import load
    from toolkit.intake.template import write_matches
    from toolkit.words import language, say

    lang = language(args.lang)
    if args.out is not None and (file := write_matches(args.data, args.out, lang, force=args.force)):
        print(say("verdict.matches", lang, file=file), file=sys.stderr)
    try:
        data = load(args.data, **dict(args.set))
    except InputError as error:
        print("\n".join(fault_lines(error)), file=sys.stderr)
        if args.out is None and error.faults.remedy.str.startswith(("not in units", "not in jobs")).any():
            print(say("verdict.no_match", lang), file=sys.stderr)
        return 1
    print("\n".join(judge(data).lines(lang)))
    return 0


def _recommend(args: argparse.Namespace) -> int:
    import toolkit as tk
    from toolkit.check.warnings import waiting
    from toolkit.common.writing import check_output_folder
    from toolkit.dossier.summary import lines
    from toolkit.pipeline import moves_from
    from toolkit.words import language, say

    check_output_folder(args.out, "the dossier", force=args.force)
    lang = language(args.lang)
    settings = dict(args.set) | ({} if args.max_moves is None else {"max_moves": args.max_moves})
    data = tk.load(args.data, **settings)
    if later := waiting(data):
        print(say("warning.for_revise", lang, count=len(later), examples=", ".join(later)), file=sys.stderr)
    moves = moves_from(data)
    plan = tk.balance(moves.need, moves, time_limit=args.time_limit)
    if plan.summary.status == "feasible" and args.time_limit is None:
        return _interrupted()
    folder = tk.write_dossier(plan, args.out, force=args.force, lang=lang)
    last = say("summary.dossier", lang, page=folder / "laporan.html", folder=folder)
    print("\n".join([*lines(plan, lang), last]))
    return 0


def _verify(args: argparse.Namespace) -> int:
    from toolkit.verification import verify

    for sentence in verify(args.dossier, args.data):
        print(sentence)
    return 0
