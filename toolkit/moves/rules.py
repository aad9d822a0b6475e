"""``RULES``: the rules of law and policy on who may not move, and where nobody may come, in their order.

rules.toml lists them with group, article and columns; their functions stand in law_on_persons.py, law_on_jobs.py and
choices.py. To add a rule: a line in rules.toml; in one of these an ``@rule`` function of that name, unless the values
of one field decide; a sentence in words/ under [rule]; a test. Sex, religion and marital status are never asked for; a
date of birth only where the law sets an age (retirement, entry into a functional job).
"""

from __future__ import annotations

from toolkit.moves import choices, law_on_jobs, law_on_persons  # noqa: F401 (they register their functions)
from toolkit.moves.registry import FUNCTIONS, join_rules, rule_lines

RULES = join_rules(rule_lines(), FUNCTIONS)
