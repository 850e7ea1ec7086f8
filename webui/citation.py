"""What citation managers and crawlers read in our pages: `citation_*` tags, schema.org, COinS."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from corpus.model import CaseStudy
from webui.exports.subjects import address, authors, subjects


def page_address(record: CaseStudy, root: str) -> str:
    return f"{root}/case-studies/{record.id}"


def meta_tags(record: CaseStudy, root: str) -> tuple[tuple[str, str], ...]:
    """Highwire and Dublin Core tags, as Zotero's embedded-metadata translator reads them."""
    year = str(record.year) if record.year is not None else ""
    tags = [
        ("citation_title", record.title),
        *(("citation_author", name) for name in authors(record)),
        ("citation_publication_date", year),
        ("citation_technical_report_institution", (*authors(record), "")[0]),
        ("citation_abstract", record.summary),
        ("citation_keywords", "; ".join(subjects(record))),
        ("citation_public_url", page_address(record, root)),
        ("citation_language", "en-GB"),
        ("DC.title", record.title),
        *(("DC.creator", name) for name in authors(record)),
        ("DC.date", year),
        ("DC.identifier", page_address(record, root)),
        ("DC.source", record.source_url),
        ("DC.type", "Report"),
        *(("DC.subject", subject) for subject in subjects(record)),
        ("DC.rights", record.licence),
    ]
    return tuple((name, value) for name, value in tags if value)


def json_ld(record: CaseStudy, root: str) -> Markup:
    """The record as a schema.org Report, safe inside a script element."""
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Report",
        "@id": page_address(record, root),
        "identifier": record.id,
        "name": record.title,
        "abstract": record.summary,
        "author": [{"@type": "GovernmentOrganization", "name": name} for name in record.councils]
        + [{"@type": "Organization", "name": name} for name in record.organisations],
        "datePublished": str(record.year) if record.year is not None else None,
        "about": list(subjects(record)),
        "funder": [{"@type": "Organization", "name": name} for name in record.funding],
        "spatialCoverage": record.region,
        "isBasedOn": record.source_url,
        "license": record.licence,
        "url": page_address(record, root),
        "inLanguage": "en-GB",
    }
    text = json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False)
    # "</script>" and "<!--" may not stand in a script element, whatever is inside a string.
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def coins(record: CaseStudy, root: str) -> str:
    """An OpenURL context object (Z39.88-2004) for the title of an empty span: how Zotero sees items in a list."""
    pairs = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
        ("rfr_id", "info:sid/casefinder"),
        ("rft.type", "report"),
        ("rft.title", record.title),
        *(("rft.creator", name) for name in authors(record)[:3]),
        ("rft.date", str(record.year or "")),
        ("rft.identifier", address(record, root)),
    ]
    return urlencode([pair for pair in pairs if pair[1]])
