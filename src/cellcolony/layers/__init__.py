"""How cells fill the dense layers of a language model. Modules that need torch import it."""
