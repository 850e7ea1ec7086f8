"""The body of a case study as safe HTML: headings with anchors, paragraphs, lists, links, emphasis.

markdown-it reads the text with HTML switched off, so that whatever a record
holds is shown as text; only links to http(s) and mail addresses become links.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from search.results import Marked
from webui.wording import slugify

LINK_SCHEMES = ("http://", "https://", "mailto:")


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the body and the anchor that leads to it."""

    anchor: str
    title: str
    level: int


@dataclass(frozen=True, slots=True)
class Article:
    """The body ready to be shown, and its headings in order."""

    html: Markup
    sections: tuple[Section, ...]
    marks: int
    """How many stretches are marked."""


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_inline", "html_block"])
    reader.validateLink = lambda url: url.lower().startswith(LINK_SCHEMES)  # type: ignore[method-assign]
    return reader


def render_article(body: str, mark: Callable[[str], Marked]) -> Article:
    """The body as HTML, what `mark` finds in it marked. Headings start below the page's own."""
    tokens = _reader().parse(body)
    sections = tuple(_anchor_headings(tokens))
    marks = 0
    for token in tokens:
        if token.type == "inline" and token.children:
            token.children, found = _marked_children(token.children, mark)
            marks += found
    html = _reader().renderer.render(tokens, _reader().options, {})
    return Article(Markup(html), sections, marks)


def _anchor_headings(tokens: list[Token]) -> list[Section]:
    """Give every heading an id of its own, one level or more below the page's heading."""
    found: list[Section] = []
    taken: dict[str, int] = {}
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type != "heading_open":
            continue
        level = max(2, int(opening.tag[1:]))
        opening.tag = closing.tag = f"h{level}"
        title = "".join(child.content for child in inline.children or [] if child.type in ("text", "code_inline"))
        slug = slugify(title)
        taken[slug] = taken.get(slug, 0) + 1
        anchor = slug if taken[slug] == 1 else f"{slug}-{taken[slug]}"
        # A body heading may not take the id of a part of the page.
        anchor = f"section-{anchor}"
        opening.attrSet("id", anchor)
        found.append(Section(anchor, title, level))
    return found


def _marked_children(children: list[Token], mark: Callable[[str], Marked]) -> tuple[list[Token], int]:
    """The inline tokens with `<mark>` round what matched, and how many marks that made."""
    made: list[Token] = []
    found = 0
    for child in children:
        if child.type == "link_open":
            child.attrSet("rel", "nofollow noopener external")
        spans = mark(child.content) if child.type == "text" and child.content else None
        if spans is None or not spans.spans:
            made.append(child)
            continue
        found += len(spans.spans)
        html = "".join(f"<mark>{escape(piece)}</mark>" if hit else str(escape(piece)) for piece, hit in spans.parts())
        made.append(Token("html_inline", "", 0, content=html))
    return made, found
