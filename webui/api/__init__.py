"""The JSON interface, version 1: the same questions as the pages, answered for programs."""

from __future__ import annotations

from flask import Blueprint

from webui.api import case_studies, search, suggest

api = Blueprint("api", __name__, url_prefix="/api/v1")
api.get("/search")(search.search)
api.get("/case-studies/<id>")(case_studies.case_study)
api.get("/suggest")(suggest.suggest)

__all__ = ["api"]
