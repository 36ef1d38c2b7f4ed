# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This module is private to the collection: it may change at any time.
"""What the page is built of: text, statuses by word and shape, tables, bars and time lines."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.appmail.settings.plugins.plugin_utils._record.shape import STATUSES, Cell, Summary
from ansible_collections.appmail.settings.plugins.plugin_utils._wording.markdown import visible

# status -> its class in the style sheet, and its shape (a 16 by 16 box of lines)
_SHAPES: Mapping[str, tuple[str, str]] = {
    "fail": ("fail", "M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.5 5.5l5 5M10.5 5.5l-5 5"),
    "waiver ended": ("ended", "M8 1.5L15 14.5H1zM8 6.5v3.5M8 12.2v.1"),
    "not judged": ("unjudged", "M2 2h12v12H2zM6 6.2a2 2 0 1 1 2.6 2.3c-.4.2-.6.5-.6 1M8 11.8v.1"),
    "stale": ("stale", "M8 1.5a6.5 6.5 0 1 0 .01 0M8 4.5V8l2.5 1.8"),
    "not checked": ("unchecked", "M8 1.5a6.5 6.5 0 1 0 .01 0M5 8h6"),
    "manual": ("manual", "M2 14l.8-3.3L11 2.5l2.5 2.5-8.2 8.2zM9.5 4L12 6.5"),
    "waived": ("waived", "M8 1.5a6.5 6.5 0 1 0 .01 0M8 1.5v13M8 5h3M8 8h5M8 11h3"),
    "pass": ("pass", "M8 1.5a6.5 6.5 0 1 0 .01 0M5 8.3l2.1 2.1L11 6"),
}


def text(value: object) -> str:
    """Text of the page: nothing in it is markup, and what cannot be seen is shown."""
    return html.escape(visible(value), quote=True)


def broken(value: object) -> str:
    """Text of the page that may be broken behind a dot, a slash or an underscore."""
    return _PARTS.sub(lambda found: f"{found[0]}<wbr>", text(value))


_PARTS = re.compile(r"[./_](?=\w)")


def icon_symbols() -> str:
    """The shapes, once for the page."""
    symbols = "".join(
        f'<symbol id="i-{kind}" viewBox="0 0 16 16"><path d="{path}"/></symbol>' for kind, path in _SHAPES.values()
    )
    return f'<svg width="0" height="0" aria-hidden="true" focusable="false">{symbols}</svg>'


def status_word(status: str, count: int | None = None) -> str:
    """A status by its shape, its colour and its word."""
    kind = _SHAPES[status][0]
    shown = status if count is None else f"{count} {status}"
    return f'<span class="s {kind}"><svg aria-hidden="true"><use href="#i-{kind}"/></svg>{shown}</span>'


def tally_words(tally: Mapping[str, int]) -> str:
    """`3 pass, 1 fail`."""
    return ", ".join(f"{count} {status}" for status, count in tally.items()) or "none"


def proportion(name: str, tally: Mapping[str, int]) -> str:
    """A bar of parts, each as long as its share, under its legend."""
    total = sum(tally.values())
    if not total:
        return ""
    legend = "".join(status_word(status, count) for status, count in tally.items())
    parts, at = [], 0.0
    for status, count in tally.items():
        width = 100 * count / total
        parts.append(
            f'<rect class="{_SHAPES[status][0]}" x="{at:.3f}" y="0" width="{max(width - 0.25, 0.15):.3f}" height="10"/>'
        )
        at += width
    label = html.escape(f"{name}: {tally_words(tally)}, of {total}", quote=True)
    return (
        f"<figure><figcaption><strong>{name}</strong>{legend}</figcaption>"
        f'<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg></figure>"
    )


@dataclass(frozen=True)
class Row:
    """A row: cells as HTML, and its id."""

    cells: Sequence[str]
    id: str | None = None


@dataclass(frozen=True)
class Table:
    """A table: `name` gives its id, `caption` tells those who do not see it what it is."""

    name: str
    titles: Sequence[str]
    rows: Sequence[Row] = field(default_factory=list)
    caption: str = ""
    columns: bool = False


def table(made: Table) -> str:
    """The table in a box that scrolls; end tags that HTML does not need are left out, for there may be many rows."""
    heads = "".join(f"<th scope=col>{title}" for title in made.titles)
    columns = "".join(f"<col class=c{number}>" for number, _title in enumerate(made.titles, 1)) if made.columns else ""
    rows = "\n".join(
        f"<tr{f' id={row.id}' if row.id else ''}>{''.join(f'<td>{cell}' for cell in row.cells)}" for row in made.rows
    )
    caption = html.escape(made.caption, quote=True)
    return (
        f'<div class="sheet cards" tabindex="0" role="region" aria-label="{caption}, as a table">'
        f'<table id="{made.name}-table" aria-label="{caption}">{f"<colgroup>{columns}</colgroup>" if columns else ""}'
        f"<thead><tr>{heads}</thead><tbody>{rows}</tbody></table></div>"
    )


def tools(name: str, search: str, choices: Sequence[tuple[str, str, int, Sequence[str]]]) -> str:
    """What filters a table; shown only where the script runs. A choice is its name, its label, a column and values."""
    selects = "".join(
        f'<label>{label}<select name="{key}" data-column="{column}"><option value="">any</option>'
        + "".join(f"<option>{text(value)}</option>" for value in values)
        + "</select></label>"
        for key, label, column, values in choices
    )
    return (
        f'<div class="tools" id="{name}-tools" data-for="{name}" role="search" hidden>'
        f'<label class="wide">{text(search)}'
        f'<input type="search" name="q" autocomplete="off" spellcheck="false"></label>{selects}'
        '<button type="button" class="button save">Save as CSV</button></div>'
        f'<p class="count" id="{name}-count" role="status"></p>'
    )


def matrix(summary: Summary) -> str:
    """Applications by environments: each cell says how many, and how they are."""
    cells = {(cell["application"], cell["environment"]): cell for cell in summary["cells"]}
    names = [row["name"] for row in summary["environments"]]
    applications = sorted(
        {cell["application"] for cell in summary["cells"]}, key=lambda name: (name == "no application", name)
    )
    heads = "".join(
        f"<th scope=col>{text(row['name'])}<small class=quiet> · {row['judged']} of {row['hosts']} hosts judged</small>"
        for row in summary["environments"]
    )
    rows = "\n".join(
        f"<tr><th scope=row>{text(application)}"
        + "".join(f"<td{_cell(cells.get((application, name)))}" for name in names)
        for application in applications
    )
    note = '<p class="note">Each cell: the settings as judged, then the servers as last seen.</p>'
    return (
        f'{note}<div class="sheet" tabindex="0" role="region" aria-label="Applications by environments, as a table">'
        '<table class="matrix" id="matrix-table"><thead><tr><th scope=col>Application'
        f"{heads}</thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return " class=none>–"
    words = [status_word(status, cell["intended"][status]) for status in STATUSES if status in cell["intended"]]
    seen = ", ".join(f"{cell['observed'][status]} {status}" for status in STATUSES if status in cell["observed"])
    return f">{''.join(words)}<small>servers: {seen}</small>"


_SHOWN_DAYS = 400


def timeline(name: str, ends: Sequence[tuple[str | None, str, str]], as_of: str) -> str:
    """(last day, status, what) as marks on a line from today on; the table below says the same in words."""
    today = datetime.date.fromisoformat(as_of)
    dated = [((_day(until) - today).days, status, what) for until, status, what in ends if until]
    if not dated:
        return ""
    last = min(max([days for days, _status, _what in dated] + [60]), _SHOWN_DAYS)
    first = max(min([days for days, _status, _what in dated] + [0]), -60)
    scale = 1000 / (last - first + 1)
    marks = "".join(
        f'<circle class="{_SHAPES[status][0]}" cx="{(min(max(days, first), last) - first) * scale + 8:.1f}"'
        f' cy="{24 - 9 * (number % 3)}" r="4.5"><title>{text(what)}: {days} days</title></circle>'
        for number, (days, status, what) in enumerate(dated)
    )
    months = "".join(
        f'<line x1="{at:.1f}" y1="32" x2="{at:.1f}" y2="38"/>'
        f'<text x="{at:.1f}" y="54" text-anchor="middle">{label}</text>'
        for at, label in _months(today, first, last, scale)
    )
    zero = -first * scale + 8
    label = html.escape(f"{name} by their end, from {as_of}; the table below has the same in words", quote=True)
    return (
        f'<svg class="axis" viewBox="0 0 1016 60" preserveAspectRatio="xMidYMid meet" role="img" aria-label="{label}">'
        f'<line x1="8" y1="32" x2="1008" y2="32"/>{months}'
        f'<line class="today" x1="{zero:.1f}" y1="0" x2="{zero:.1f}" y2="38"/>{marks}</svg>'
    )


def _day(text_of_day: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text_of_day[:10])
    except ValueError:
        return datetime.date.max


def _months(today: datetime.date, first: int, last: int, scale: float) -> list[tuple[float, str]]:
    """The first day of every month on the line, or of every third where there are many."""
    step = 1 if last - first < 240 else 3
    found = []
    for days in range(first, last + 1):
        day = today + datetime.timedelta(days=days)
        if day.day == 1 and (day.month - 1) % step == 0:
            found.append(((days - first) * scale + 8, day.strftime("%b %Y")))
    return found
