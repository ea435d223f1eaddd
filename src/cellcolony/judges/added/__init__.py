"""Judge a node by what it adds to an ensemble of language models that are trained already.

An ensemble is *saved* in a folder with what it tells of the validation text, and the *judge* leads
a search to what complements it: so ensembles grow by one search after the other.

Source: ours. Ensembles of a population are what Rawal & Miikkulainen 2018, section 5, name as a
next step.
"""

from cellcolony.judges.added.judge import AddedFitness

__all__ = ["AddedFitness"]
