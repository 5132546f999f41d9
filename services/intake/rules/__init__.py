"""What the notice demands of a nomination, rule by rule; what comes of it stands in findings.py.

Each rule is a function from a case to what it has to say; together they are `RULES`.

What no rule rejects: the purpose of the notice (S5) and its focus (S7), which is a preference and
has no blank in the form; whom the notice is addressed to (S3), since units of the whole port area
may recommend (S28).
"""

from services.intake.rules import career, conditions, form, materials, recommendation, statements
from services.intake.rules.case import Rule

RULES: tuple[Rule, ...] = (
    *recommendation.RULES,
    *form.RULES,
    *career.RULES,
    *conditions.RULES,
    *materials.RULES,
    *statements.RULES,
)
