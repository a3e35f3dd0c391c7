"""How Sphinx makes the documentation site: `make docs`, from pages and notebooks as they stand."""

import re

import workbench

project = "OSH Workbench"
author = "OSH Workbench contributors"
copyright = "OSH Workbench contributors, BSD 3-Clause; data keep their publishers' licences"
version = release = workbench.__version__

# The folder of sources is the repository itself, so that a link from one page to another is the same here and there.
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**", "notebooks/**", "maps/*.md", "catalogs/box/*.md"]
exclude_patterns = ["**/.ipynb_checkpoints", "notebooks/briefs"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
default_role = "code"
add_module_names = False
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False

# `make docs` executes the notebooks; the tests, which run them elsewhere, build the pages alone.
nb_execution_mode = "off"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_ipywidgets_js = {}  # by default they come from an address on the network

language = "en"
html_theme = "furo"
html_title = "OSH Workbench"
html_static_path = []
html_copy_source = False
pygments_style = "a11y-high-contrast-light"  # the theme's own colours are too pale for WCAG 2.2 AA
pygments_dark_style = "a11y-high-contrast-dark"


def with_anchors_of_the_site(app, docname, source):
    """JupyterLab's anchors (`#2.-By-sector`) as those of the site (`#2-by-sector`)."""
    if not docname.startswith("notebooks/"):
        return

    source[0] = re.sub(r"\]\(#([^)]+)\)", lambda link: "](#" + re.sub(r"[^\w-]", "", link[1].lower()) + ")", source[0])


def setup(app):
    app.connect("source-read", with_anchors_of_the_site)
