"""The pages, one module a kind of page."""

from __future__ import annotations

from flask import Blueprint


def blueprints() -> tuple[Blueprint, ...]:
    """Every blueprint of the application."""
    from webui.api import api
    from webui.views import (
        basket,
        browse,
        case_study,
        choose,
        export,
        feeds,
        help_page,
        home,
        machines,
        maps,
        record,
        search,
        why,
    )

    return (
        home.pages,
        search.pages,
        choose.pages,
        record.pages,
        maps.pages,
        export.pages,
        feeds.pages,
        case_study.pages,
        why.pages,
        basket.pages,
        browse.pages,
        help_page.pages,
        machines.pages,
        api,
    )
