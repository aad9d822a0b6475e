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
  `unit_id`. A lift travels with the transfer as a note. **choice** and **preference** are the agency's: policy.toml.
- A rule of law without its columns is *not checked*, and each transfer says so; any other rule is then *off*. A rule
  with a policy key is off until the key is set. An empty cell in a column that is needed: *cannot be judged*, refused.
- A moved person holds the same job where the new office has it, else the job of the family that is most short there.
  Rules on *another* functional job or level speak of that case.
- Minima and maxima of posts, and the ceiling of lesson hours, are limits of offices, not rules on persons (method.md).
- `mutasi verify` re-checks a plan with these rules; a plan made with `tk.allowed_moves(..., rules=...)` and other rules
  is only verified as far as they agree.
- To add a rule: a line in rules.toml; an `@rule` function of its name in rules.py, unless the values of one field
  decide; a sentence in words/id.toml and en.toml; a test.

"""


def page() -> str:
    """Return the page as text."""
    return HEAD + "\n".join(_entry(rule) for rule in RULES)


def _entry(rule: Rule) -> str:
    weight = rule.group
    if rule.group == "law":
        weight = "law, certain" if rule.certain else "law, to verify"
    about = {"person": "may not leave", "unit": "nobody may come", "pair": "not this person there"}[rule.scope]
    facts = [f"{weight}; {about}", rule.article]
    if rule.needs:
        facts.append("needs " + ", ".join(f"`{need}`" for need in rule.needs))
    if rule.key:
        facts.append("switched on by " + " or ".join(f"`{key}`" for key in rule.key.split()))
    english = rule_sentence(rule.name, "en", Policy())
    indonesian = rule_sentence(rule.name, "id", Policy())
    return f"## {rule.name} ({rule.scope})\n\n{english}\n*{indonesian}*\n\n{'; '.join(filter(None, facts))}.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
