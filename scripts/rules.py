"""Write docs/rules.md, the list of all rules, from rules.toml and words/: ``python scripts/rules.py``."""

from __future__ import annotations

from pathlib import Path

from toolkit.intake.policy import Policy
from toolkit.moves.refusals import rule_sentence
from toolkit.moves.registry import Rule
from toolkit.moves.rules import RULES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rules.md"
HEAD = """# Rules

Who may go where, as `tk.allowed_moves` judges it, in the order in which it is applied; values of the policy at their
defaults. This page is written by `python scripts/rules.py` from `toolkit/moves/rules.toml` and `toolkit/words`.

- **law, certain** never bends. **law, to verify** is on; a named official may lift it for one person with a written
  reason: a row in the table `edits` with `action` = lift and the name of the rule in `rule`; for one office only, with
  `unit_id`. A lift travels with the transfer as a note. `election` and `inauguration` are lifted only with number and
  date of the letter of the Minister of Home Affairs (`letter`, `letter_date`): a breach is a crime.
- **choice** and **preference** are the agency's: policy.toml. A **choice of scope** (structural posts, heads and locked
  offices, contracts, semesters) holds like law to verify: it stays on, is *not checked* without its columns, and may be
  lifted for one person. `standing` is never lifted: who is not in active standing counts as no staff.
- An article is followed by the text in which it was *seen*, or by *to be verified*: from memory, or still unclear.
- A rule of law without its columns is *not checked*, and the transfers of those whom it concerns say so; any other rule
  is then *off*. A rule with a policy key is off until the key is set. An empty cell in a column that is needed:
  *cannot be judged*, refused.
- A moved person holds the same job where the new office has it; else a job of the family there, the closest first: the
  same functional job and level, the same level and category, the same category; of several the one most short. Two jobs
  are one functional job where both are functional and have one name but for the level at its end; the level is that of
  the column `level`, else that of the name. The rules then refuse what is no transfer.
- The ten-year pledge of CPNS (PermenPAN-RB 6/2024 Pasal 59(2)) speaks of moves to other agencies and never blocks one
  inside. Spouses in one line stand in `conflict_unit_ids`; disability, pregnancy and nursing in `hold_until` or
  `consent`: a day or a yes, never the reason.
- Never a bar, but a note that travels with the transfer: who said no (`willing` = no); technical approval of BKN
  through I-MUT (policy `pertek`); who appoints (`jobs.appointed_by`); the competence test for another functional job,
  unless `ukom_passed` names it; a licence for the new place of work of health staff; service owed after study
  (`bond_until`); another class (`jobs.grade`) or TPP (`units.tpp`).
- Minima and maxima of posts, and the ceiling of lesson hours, are limits of offices, not rules on persons (method.md).
- `mutasi verify` re-checks a plan with these rules; a plan made with `tk.allowed_moves(..., rules=...)` and other rules
  is only verified as far as they agree.
- To add a rule: a line in rules.toml; an `@rule` function of its name in law_on_persons.py, law_on_jobs.py or
  choices.py, unless the values of one field decide; a sentence in words/id.toml and en.toml; a test.

"""


def page() -> str:
    """Return the page as text."""
    return HEAD + "\n".join(_entry(rule) for rule in RULES)


def _entry(rule: Rule) -> str:
    weight = "choice of scope" if rule.binding else rule.group
    if rule.group == "law":
        weight = "law, certain" if rule.certain else "law, to verify"
    about = {"person": "may not leave", "unit": "nobody may come", "pair": "not this person there"}[rule.scope]
    source = f"seen in: {rule.seen}" if rule.seen else "article to be verified"
    facts = [f"{weight}; {about}", f"{rule.article} ({source})" if rule.article else ""]
    if rule.lift:
        facts.append({"letter": "lifted only with the minister's letter", "never": "never lifted"}[rule.lift])
    if rule.needs:
        facts.append("needs " + ", ".join(f"`{need}`" for need in rule.needed(Policy())))
    if rule.key:
        facts.append("switched on by " + " or ".join(f"`{key}`" for key in rule.key.split()))
    english = rule_sentence(rule.name, "en", Policy())
    indonesian = rule_sentence(rule.name, "id", Policy())
    return f"## {rule.name} ({rule.scope})\n\n{english}\n*{indonesian}*\n\n{'; '.join(filter(None, facts))}.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
