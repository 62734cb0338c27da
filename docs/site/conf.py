"""How Sphinx makes the site. `course site` lays out the sources and names the folders of scripts and pictures."""

from __future__ import annotations

project = "Deep Learning Foundations"
author = "The authors of the course"
project_copyright = "code: MIT, text and figures: CC BY 4.0"
html_title = project
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc"]
root_doc = "index"

# The lessons have been run already: Sphinx shows what stands in the notebooks.
nb_execution_mode = "off"
nb_merge_streams = True
# Live figures come with a script of ours; without this line, pages would load one for widgets from elsewhere.
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 4
myst_dmath_double_inline = True

# As the environment has it; the names of the formulas' numbers are written by the lessons themselves.
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {
    "tex": {"tags": "none"},
    "options": {"enableMenu": True},
}

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# Names that are not of this project have no page here.
nitpick_ignore_regex = [("py:.*", r"(?!course_utils|autograder).*"), ("py:mod", r"course_utils\.given")]

html_theme = "pydata_sphinx_theme"
html_show_sourcelink = False
html_copy_source = False
html_css_files = ["live_figure.css", "site.css"]
html_js_files = [("live_figure.js", {"defer": "defer"}), ("site.js", {"defer": "defer"})]
html_sidebars: dict[str, list[str]] = {"index": []}
html_theme_options = {
    "show_version_warning_banner": False,
    "navigation_with_keys": False,
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "show_nav_level": 1,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
