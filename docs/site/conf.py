# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site of what `python -m tests.tools.site` laid out beside this file."""

project = "appmail.settings"
html_title = "appmail.settings"
copyright = "the appmail.settings authors"  # noqa: A001 (Sphinx's name)
extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# Markdown as the repository shows it: headings are addressed by the same names.
myst_heading_anchors = 4
# What Ansible's own documentation is linked by: these few names alone, so that nothing is fetched.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/latest/", "ansible.inv")}
highlight_language = "none"
# Messages and options are shown letter by letter.
smartquotes = False
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
# The same bytes on each day.
html_last_updated_fmt = None
