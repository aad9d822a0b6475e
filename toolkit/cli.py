"""The command ``mutasi``: read the command line, call the toolkit, return the exit code.

0 done, 1 data, policy or plan at fault, 2 wrong arguments, 130 interrupted.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from toolkit.errors import MutasiError
from toolkit.words import LANGUAGES, Spelled, lexicon, say
from toolkit.words.usage import argparse_speaks

SHOWN_WIDTH = 60  # characters of an argument that a message repeats


def run() -> None:
    """Run the command line of this process and exit with its code."""
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    argv = sys.argv[1:] if argv is None else argv
    lang = _spoken(argv)
    with argparse_speaks(lang):
        args = _parser(lang).parse_args(argv)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        return int(args.command(args))
    except MutasiError as error:
        return _failed(error.said(lang))
    except BrokenPipeError:  # whoever reads what is printed (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        file = error.filename or say("thing.a_file", lang)
        return _failed(say("error.unusable", lang, file=file, reason=_reason(error)))
    except KeyboardInterrupt:
        return _interrupted(lang)


def _spoken(argv: Sequence[str]) -> str:
    """Return the language of the messages, before the command line is read: one that cannot be read has one too.

    An unknown language is refused later, in Indonesian.
    """
    given = [word.partition("=")[2] for word in argv if word.startswith("--lang=")]
    given += [after for word, after in zip(argv, argv[1:], strict=False) if word == "--lang"]
    wanted = given[0] if given else os.environ.get("MUTASI_LANG", "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def _failed(sentence: str) -> int:
    print(f"mutasi: {sentence}", file=sys.stderr)
    return 1


def _interrupted(lang: str) -> int:
    _failed(say("error.interrupted", lang))
    return 130


def _reason(error: OSError) -> Spelled:
    """Say why a file cannot be used: in English as the system does, in Indonesian where words/ has the error."""
    name = errno.errorcode.get(error.errno or 0, "")
    known = lexicon("id").get(f"system.{name}") or say("system.other", "id", number=str(error.errno))
    return Spelled({"id": known, "en": error.strerror or str(error)})


def _parser(lang: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mutasi", description=say("help.mutasi", lang))
    _add_lang(parser, lang)
    commands = parser.add_subparsers(required=True, metavar=say("help.COMMAND", lang))

    def add(run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        name = run.__name__.lstrip("_")
        command = commands.add_parser(name, help=say(f"help.{name}", lang), description=say(f"help.{name}", lang))
        command.set_defaults(command=run)
        _add_lang(command, lang)
        return command

    _add_check_options(add(_check), lang)
    _add_recommend_options(add(_recommend), lang)
    verify = add(_verify)
    _add(verify, lang, "dossier", metavar="DIR")
    _add(verify, lang, "--data", metavar="DATA")
    _add_sample_options(add(_sample), lang)
    _add_out(add(_template), lang, "template")
    anonymise = add(_anonymise)
    _add(anonymise, lang, "raw", metavar="RAW")
    _add(anonymise, lang, "--key-file", metavar="FILE", required=True)
    _add(anonymise, lang, "--share", action="store_true")
    _add_out(anonymise, lang, "tables")
    return parser


def _add(command: argparse.ArgumentParser, lang: str, name: str, key: str = "", **options: Any) -> None:
    """Add an argument whose help, and the word that stands for its value, are in words/ under [help]."""
    if "metavar" in options:
        options["metavar"] = say(f"help.{options['metavar']}", lang)
    command.add_argument(name, help=say(f"help.{key or name.lstrip('-').replace('-', '_')}", lang), **options)


def _add_lang(command: argparse.ArgumentParser, lang: str) -> None:
    # without a default of its own, a command keeps the language that was named before it
    _add(command, lang, "--lang", choices=list(LANGUAGES), default=argparse.SUPPRESS)


def _add_data(command: argparse.ArgumentParser, lang: str) -> None:
    _add(command, lang, "data", key="DATA_place", metavar="DATA")
    _add(command, lang, "--set", metavar="KEY_VALUE", type=_setting(lang), action="append", default=[])


def _add_out(command: argparse.ArgumentParser, lang: str, what: str) -> None:
    thing = say(f"thing.{what}", lang)
    folder = say("help.DIR", lang)
    command.add_argument("--out", metavar=folder, required=True, help=say("help.out", lang, what=thing))
    command.add_argument("--force", action="store_true", help=say("help.force", lang, what=thing))


def _add_check_options(check: argparse.ArgumentParser, lang: str) -> None:
    _add_data(check, lang)
    _add(check, lang, "--out", key="out_matches", metavar="DIR")
    _add(check, lang, "--force", key="force_matches", action="store_true")


def _add_recommend_options(recommend: argparse.ArgumentParser, lang: str) -> None:
    _add_data(recommend, lang)
    _add_out(recommend, lang, "dossier")
    _add(recommend, lang, "--max-moves", metavar="N", type=_count(lang))
    _add(recommend, lang, "--time-limit", metavar="SECONDS", type=_count(lang))


def _add_sample_options(sample: argparse.ArgumentParser, lang: str) -> None:
    _add(sample, lang, "--size", choices=["small", "city", "province"], default="small")
    _add(sample, lang, "--seed", metavar="N", type=_count(lang), default=2026)
    _add(sample, lang, "--truth", metavar="FILE")
    _add(sample, lang, "--raw", key="raw_sample", action="store_true")
    _add_out(sample, lang, "agency")


def _count(lang: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            if text.isdecimal():
                return int(text)
        except ValueError:  # more digits than Python reads
            pass
        raise argparse.ArgumentTypeError(say("help.not_count", lang, text=repr(text[:SHOWN_WIDTH])))

    return read


def _setting(lang: str) -> Callable[[str], tuple[str, Any]]:
    def read(text: str) -> tuple[str, Any]:
        key, sign, value = text.partition("=")
        if not sign or not key.strip():
            raise argparse.ArgumentTypeError(say("help.not_setting", lang, text=repr(text[:SHOWN_WIDTH])))
        try:
            return key.strip(), tomllib.loads(f"value = {value}")["value"]
        except (ValueError, RecursionError):  # no value of TOML, or one that Python does not read: a text
            return key.strip(), value.strip()

    return read


def _sample(args: argparse.Namespace) -> int:
    from toolkit.sample.agency import make_sample

    made = make_sample(args.out, args.size, args.seed, force=args.force, truth=args.truth, raw=args.raw)
    print(made / "README.md")
    return 0


def _template(args: argparse.Namespace) -> int:
    from toolkit.intake.template import write_template

    print(write_template(args.out, _lang(args), force=args.force))
    return 0


def _anonymise(args: argparse.Namespace) -> int:
    from toolkit.intake.anonymise import anonymise

    print(anonymise(args.raw, args.out, args.key_file, _lang(args), share=args.share, force=args.force))
    return 0


def _check(args: argparse.Namespace) -> int:
    from toolkit.check.verdict import fault_lines, judge, names_are_lost
    from toolkit.errors import InputError
    from toolkit.intake.loading import load
    from toolkit.intake.template import write_matches

    lang = _lang(args)
    if args.out is not None and (file := write_matches(args.data, args.out, lang, force=args.force)):
        print(say("verdict.matches", lang, file=file), file=sys.stderr)
    try:
        data = load(args.data, **dict(args.set))
    except InputError as error:
        print("\n".join(fault_lines(error, lang)), file=sys.stderr)
        if args.out is None and names_are_lost(error):
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

    check_output_folder(args.out, "dossier", force=args.force)
    lang = _lang(args)
    settings = dict(args.set) | ({} if args.max_moves is None else {"max_moves": args.max_moves})
    data = tk.load(args.data, **settings)
    if later := waiting(data):
        print(say("warning.for_revise", lang, count=len(later), examples=", ".join(later)), file=sys.stderr)
    moves = moves_from(data)
    plan = tk.balance(moves.need, moves, time_limit=args.time_limit)
    if plan.summary.status == "feasible" and args.time_limit is None:
        return _interrupted(lang)
    folder = tk.write_dossier(plan, args.out, force=args.force, lang=lang)
    last = say("summary.dossier", lang, page=folder / "laporan.html", folder=folder)
    print("\n".join([*lines(plan, lang), last]))
    return 0


def _verify(args: argparse.Namespace) -> int:
    from toolkit.verification import verify

    for sentence in verify(args.dossier, args.data, _lang(args)):
        print(sentence)
    return 0


def _lang(args: argparse.Namespace) -> str:
    """Return the language asked for; an unknown MUTASI_LANG is refused."""
    from toolkit.common.arguments import language

    return language(getattr(args, "lang", None))
