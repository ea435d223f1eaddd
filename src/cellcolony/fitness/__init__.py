"""How a candidate is judged: full training today; cheaper judges are new files here."""
