"""`/api/v1/case-studies/<id>`: one record with what is like it."""

from __future__ import annotations

from flask import Response, jsonify

from webui.context import engine
from webui.errors import api_error

SIMILAR = 5


def case_study(id: str) -> Response:
    """Every field of the record, and similar ones with the reasons."""
    record = engine().get(id)
    if record is None:
        return api_error(404, f"There is no case study {id[:200]!r}.")
    similar = [
        {"id": held.id, "title": held.record.title, "score": round(held.score, 6), "reasons": list(held.reasons)}
        for held in engine().similar(id, SIMILAR)
    ]
    return jsonify({**record.to_dict(), "url": f"/case-studies/{record.id}", "similar": similar})
