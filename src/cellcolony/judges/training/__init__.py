"""The trainings that judges stand on: of a network on a series, of a layer's node on a text."""
