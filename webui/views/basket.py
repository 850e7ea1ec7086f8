"""The basket's page, and the small forms that put into it and take out."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webui import basket
from webui.context import engine, site_root
from webui.exports import FORMATS
from webui.state import SearchState, clean
from webui.views.export import chosen_ids

pages = Blueprint("basket", __name__)


@pages.get("/basket")
def show() -> str:
    """What is in the basket; with `id` in the address, what someone else has put together."""
    shared = chosen_ids()
    ids = shared or basket.read(request.cookies.get(basket.COOKIE))
    asked = engine()
    records = [record for record in map(asked.get, ids) if record is not None]
    return render_template(
        "basket.html",
        records=records,
        gone=len(ids) - len(records),
        shared=bool(shared),
        full=request.args.get("full") == "1",
        query="&".join(f"id={record.id}" for record in records),
        formats=FORMATS.values(),
        state=SearchState(),
    )


@pages.post("/basket")
def change() -> AnyResponse:
    """Put in (`add`), take out (`remove`) or empty (`clear`), then go back to where the reader was."""
    ids = basket.read(request.cookies.get(basket.COOKIE))
    removed = set(request.form.getlist("remove"))
    added = [id for id in map(clean, request.form.getlist("add")) if basket.is_id(id) and engine().get(id)]
    kept = () if "clear" in request.form else tuple(id for id in ids if id not in removed)
    wished = tuple(dict.fromkeys((*kept, *added)))
    full = not basket.fits(wished)
    changed = kept if full else wished
    response: AnyResponse
    if request.accept_mimetypes.best == "application/json":
        response = jsonify({"count": len(changed), "full": full, "ids": list(changed)})
    else:
        response = redirect("/basket?full=1" if full else _back(), code=303)
    _keep(response, changed)
    return response


def _keep(response: AnyResponse | Response, ids: tuple[str, ...]) -> None:
    if ids:
        response.set_cookie(
            basket.COOKIE,
            basket.write(ids),
            max_age=basket.KEPT_SECONDS,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=site_root().startswith("https:"),
        )
    else:
        response.delete_cookie(basket.COOKIE, path="/", httponly=True, samesite="Lax")


def _back() -> str:
    """The page that the form was on; only ever a path of this site."""
    back = clean(request.form.get("back", ""))[:8_000]
    safe = back.startswith("/") and not back.startswith("//") and "\\" not in back
    return back if safe else "/basket"
