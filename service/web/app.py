"""Adds the review desk to the app that serves the API."""

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.web.pages import HERE
from service.web.routes import admin, contradiction, draft, inbox, reading, signing

PAGES = (inbox.router, contradiction.router, reading.router, draft.router, admin.router, signing.router)
"""Every page. A router that is added here may bring templates/admin_webhooks.html, which the admin page then includes."""


class _Files(StaticFiles):
    """Scripts and styles; a browser asks each time whether they changed, and gets 304 in a millisecond."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "no-cache"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return answer


def add_pages(app: FastAPI) -> None:
    """Add every page, and the files that they load, to an app whose `state.services` is set."""
    app.state.desk_choices = {}
    for router in PAGES:
        app.include_router(router)
    app.mount("/static", _Files(directory=HERE / "static"), name="static")
