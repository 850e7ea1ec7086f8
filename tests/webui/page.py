"""Just enough of a reader for our own pages: elements in order, with their attributes and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


@dataclass
class Element:
    """One element; `text` is all text inside it, runs of spaces made one."""

    tag: str
    attrs: dict[str, str]
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def __getitem__(self, name: str) -> str:
        return self.attrs[name]


class Page(HTMLParser):
    """A parsed page. Elements that are closed wrongly raise, so that every test checks nesting too."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {[held.tag for held in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attrs) == len(attrs), f"attribute given twice: {attrs}"
        self.elements.append(element)
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag}>"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.pieces.append(data)

    def all(self, tag: str, cls: str = "", **attrs: str) -> list[Element]:
        """Elements by tag, class and attributes."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [
            held
            for held in self.elements
            if held.tag == tag
            and (not cls or cls in held.attrs.get("class", "").split())
            and all(held.attrs.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str, cls: str = "", **attrs: str) -> Element:
        found = self.all(tag, cls, **attrs)
        assert len(found) == 1, f"{len(found)} of <{tag} class={cls} {attrs}>"
        return found[0]

    @property
    def title(self) -> str:
        # SVG pictures have titles too.
        return self.all("title")[0].text

    def link(self, text: str) -> str:
        """The address of the first link with this text in it."""
        return next(held["href"] for held in self.all("a") if text in held.text)

    def field(self, name: str) -> list[str]:
        """The values that the form would send for one name."""
        sent = []
        for held in self.all("input", name=name):
            kind = held.attrs.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in held.attrs:
                sent.append(held.attrs.get("value", "on"))
        return sent
