"""What changes a genome: its weights, a new link, a new node; one file a mutation.

A mutation takes a genome and a generator, and returns a new genome, or None where it has no place.
"""
