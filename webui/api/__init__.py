"""The JSON interface, version 1: the same questions as the pages, answered for programs."""

from __future__ import annotations

from flask import Blueprint

from webui.api import case_studies, openapi, search, suggest

api = Blueprint("api", __name__, url_prefix="/api")
api.get("")(openapi.page)
api.get("/openapi.json")(openapi.document)
api.get("/v1/search")(search.search)
api.get("/v1/case-studies/<id>")(case_studies.case_study)
api.get("/v1/suggest")(suggest.suggest)

__all__ = ["api"]
