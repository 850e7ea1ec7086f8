"""The one exit for whatever goes wrong: a page for people, one JSON shape for programs.

{"status": 422, "error": "…", "errors": [{"parameter": "page", "value": "x", "message": "…"}]}
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, Response, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

from corpus.errors import BadInput, CasefinderError
from webui.state import Problem

API_PREFIX = "/api/"

SAID = {
    400: ("This address cannot be read", "Check the address, or start again from the search box."),
    404: ("Page not found", "If you typed the address, check that it is right. If you followed a link, it may be old."),
    405: ("This address does not take that kind of request", "Go back and try the link or button again."),
    413: ("That is too much at once", "Send less in one request."),
    500: (
        "Something went wrong here",
        "It is not your fault. Try again in a minute; the search itself may still work.",
    ),
    503: ("The collection cannot be searched now", "Try again in a few minutes."),
}


def api_error(status: int, message: str, problems: Iterable[Problem] = ()) -> Response:
    """The error shape of the JSON interface."""
    errors = [{"parameter": held.parameter, "value": held.value, "message": held.message} for held in problems]
    response = jsonify({"status": status, "error": message, "errors": errors})
    response.status_code = status
    return response


def _page(status: int, detail: str = "") -> tuple[str, int]:
    title, advice = SAID.get(status, (f"The request failed ({status})", "Go back and try again."))
    return render_template("error.html", title=title, advice=advice, detail=detail, status=status), status


def _http(error: HTTPException) -> AnyResponse | tuple[str, int]:
    status = error.code or 500
    if isinstance(error, HTTPException) and 300 <= status < 400:
        return error.get_response()
    if request.path.startswith(API_PREFIX):
        return api_error(status, error.description or error.name)
    return _page(status)


def _bad_input(error: BadInput) -> AnyResponse | tuple[str, int]:
    if request.path.startswith(API_PREFIX):
        return api_error(422, str(error))
    return _page(400, str(error))


def _no_index(error: CasefinderError) -> AnyResponse | tuple[str, int]:
    # The message names paths of this machine: the log gets it, the visitor does not.
    current_app.logger.error("%s", error)
    if request.path.startswith(API_PREFIX):
        return api_error(503, SAID[503][0])
    return _page(503)


def _unexpected(error: InternalServerError) -> AnyResponse | tuple[str, int]:
    if request.path.startswith(API_PREFIX):
        return api_error(500, SAID[500][0])
    return _page(500)


def install(app: Flask) -> None:
    """Put the handlers on an application."""
    app.register_error_handler(InternalServerError, _unexpected)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(BadInput, _bad_input)
    app.register_error_handler(CasefinderError, _no_index)
