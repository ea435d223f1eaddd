"""How Sphinx makes the site: see CONTRIBUTING.md for the command.

What is made at build time is in `_ext/`: the reference of the command line and of all members, the
drawings of the gallery, the pages of files that lie outside of this folder.
"""

import sys
from pathlib import Path

from cellcolony.version import VERSION

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "cellcolony"
author = "the authors of cellcolony"
project_copyright = "the authors of cellcolony, Apache-2.0"
version = release = VERSION

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
extensions += ["docstrings", "made", "sources"]  # of `_ext/`
exclude_patterns = ["_ext"]
nitpicky = True
smartquotes = False  # two hyphens before an option stay two hyphens
highlight_language = "bash"  # of what is indented or fenced without a name: commands, mostly
strip_signature_backslash = True  # so that names may end in an underscore
default_role = "py:obj"  # of docstrings: see `_ext/docstrings.py`

# Markdown: anchors of headings as GitHub makes them, so that the same links hold in both places.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_type_aliases = {
    name: name for name in ("ArrayLike", "Frames", "Observer", "PathLike", "Which", "Workplace")
}
autodoc_class_signature = "mixed"
autodoc_default_options = {"exclude-members": "__init__, __new__"}
python_maximum_signature_line_length = 88
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_custom_sections = ["Source", "Shapes", "Units"]
add_module_names = False
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"cellcolony {VERSION}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
html_theme_options = {"navigation_with_keys": True}
