"""Settings: frozen dataclasses whose values pydantic checks, and how tables are read into them.

A settings class says of each field what it may be, as an annotation:

    @settings
    class Walk:
        n_ants: Annotated[int, Ge(1), Le(1_000)] = 16
        rate: Share = 0.5
        mode: Annotated[str, OneOf(("steady", "late"))] = "steady"

Constructing it with a value that does not fit raises a `ConfigError` in one sentence form:
"`n_ants` must be a whole number of at least 1. Got 0." Checks across fields belong in its
`__post_init__`, which runs after each field was checked. Nothing is converted, but for lists, which
are taken for tuples, and whole numbers, which are taken for floats.
"""

from cellcolony.settings.annotations import (
    DISTINCT,
    MOST,
    Amount,
    Before,
    Called,
    Count,
    InfAndNan,
    Known,
    NotNegative,
    Number,
    OneOf,
    OneOrMore,
    Positive,
    Rule,
    Share,
    Words,
    ZeroOrMore,
)
from cellcolony.settings.checking import checked, hints_of, settings
from cellcolony.settings.tables import (
    faults_at,
    plain,
    read,
    read_tagged,
    record,
    refuse_unknown,
)

__all__ = [
    "DISTINCT", "MOST", "Amount", "Before", "Called", "Count", "InfAndNan", "Known", "NotNegative",
    "Number", "OneOf", "OneOrMore", "Positive", "Rule", "Share", "Words", "ZeroOrMore", "checked",
    "faults_at", "hints_of", "plain", "read", "read_tagged", "record", "refuse_unknown", "settings",
]  # fmt: skip
