"""How to search, in words."""

from __future__ import annotations

from flask import Blueprint, render_template

pages = Blueprint("help_page", __name__)


@pages.get("/help")
def help_page() -> str:
    """The query language, the filters, and how results are ordered."""
    return render_template("help.html")
