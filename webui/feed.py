"""An Atom feed (RFC 4287) of a search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from corpus.model import CaseStudy
from webui.exports.subjects import authors, subjects

ATOM = "http://www.w3.org/2005/Atom"
FORBIDDEN = {code: None for code in range(32) if code not in (9, 10, 13)}
"""Characters that XML cannot hold, not even escaped."""


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, attributes)
    element.text = text.translate(FORBIDDEN) or None
    return element


def atom(
    *, title: str, subtitle: str, root: str, page: str, itself: str, updated: datetime, records: Sequence[CaseStudy]
) -> bytes:
    """The feed as UTF-8 XML. `page` and `itself` are the addresses of the search and of the feed, below `root`.

    A record says no more of its date than a year: an entry is dated to that
    year's beginning, or to the collection's date where no year is recorded.
    """
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "en-GB"})
    stamp = updated.isoformat().replace("+00:00", "Z")
    _add(feed, "title", title)
    _add(feed, "subtitle", subtitle)
    _add(feed, "id", root + itself)
    _add(feed, "link", rel="self", href=root + itself, type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=root + page, type="text/html")
    _add(feed, "updated", stamp)
    _add(_add(feed, "author"), "name", "Casefinder")
    for record in records:
        entry = _add(feed, "entry")
        _add(entry, "title", record.title)
        _add(entry, "id", f"{root}/case-studies/{record.id}")
        _add(entry, "link", rel="alternate", href=f"{root}/case-studies/{record.id}", type="text/html")
        if record.source_url.startswith(("http://", "https://")):
            _add(entry, "link", rel="via", href=record.source_url)
        _add(entry, "updated", f"{record.year:04}-01-01T00:00:00Z" if record.year else stamp)
        for name in authors(record):
            _add(_add(entry, "author"), "name", name)
        for subject in subjects(record):
            _add(entry, "category", term=subject.translate(FORBIDDEN))
        _add(entry, "summary", record.summary)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))
