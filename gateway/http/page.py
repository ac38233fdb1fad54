"""Serve GraphiQL at `/`, and what it loads under `/graphiql/`.

The page that `make graphiql` builds asks no other host for anything. Where it was not built, one that loads GraphiQL
from a CDN stands in.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Self

import orjson
from msgspec import Struct
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from gateway.settings import Mode, Settings

FOLDER = Path(__file__).parents[1] / "graphiql"

# Told here, since what Python guesses depends on the machine's own tables.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".ttf": "font/ttf",
}


class Page(Struct, frozen=True):
    """One way to bring GraphiQL to the browser: a folder, the page in it, and the host that it loads more from."""

    folder: Path
    name: str
    cdn: str = ""

    @classmethod
    def built(cls) -> Self:
        """Return the page that `make graphiql` builds."""
        return cls(FOLDER / "dist", "index.html")

    @classmethod
    def from_cdn(cls) -> Self:
        """Return the page that needs no building; it holds the integrity hash of each file of the CDN."""
        return cls(FOLDER / "src", "cdn.html", cdn="https://cdn.jsdelivr.net")

    @classmethod
    def available(cls) -> Self:
        """Return the built page where there is one."""
        built = cls.built()
        return built if (built.folder / built.name).is_file() else cls.from_cdn()

    @property
    def headers(self) -> dict[str, str]:
        """Return what goes with every file of the page; a worker obeys the policy of its own file, not of the page."""
        policy = (
            "default-src 'self'",
            f"script-src 'self' {self.cdn}",
            # The editor writes its colours and positions as styles.
            f"style-src 'self' 'unsafe-inline' {self.cdn}",
            "worker-src 'self'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
        return {
            "content-security-policy": "; ".join(directive.strip() for directive in policy),
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }


class PageFiles:
    """The files of a page, each packed with gzip where the build left a packed one beside it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._files = StaticFiles(directory=page.folder)
        self._packed = frozenset(path.stem for path in page.folder.glob("*.gz"))

    async def show_page(self, request: Request) -> Response:
        """Answer with the page itself."""
        return await self._show(self._page.name, request)

    async def show_file(self, request: Request) -> Response:
        """Answer with the file that the path names; raises HTTPException (404) where there is none."""
        return await self._show(request.path_params["name"], request)

    async def _show(self, name: str, request: Request) -> Response:
        packed = name in self._packed and "gzip" in request.headers.get("accept-encoding", "")
        response = await self._files.get_response(f"{name}.gz" if packed else name, request.scope)
        # The names carry no hash of what is in them, so the browser asks each time, and is told 304.
        response.headers.update(self._page.headers | {"cache-control": "no-cache", "vary": "accept-encoding"})
        if response.status_code == HTTPStatus.OK:
            response.headers["content-type"] = MEDIA_TYPES.get(Path(name).suffix, "text/plain; charset=utf-8")
            if packed:
                response.headers["content-encoding"] = "gzip"
        return response


def page_routes(
    settings: Settings, issue_demo_token: Callable[[Request], Awaitable[str | None]], page: Page | None = None
) -> list[Route]:
    """Return the routes of the page, for an app whose settings show it.

    `issue_demo_token` is asked at each load of the page, and again when its token has run out, but only in development:
    anywhere else nobody is signed in for the asking.
    """
    page = page or Page.available()
    files = PageFiles(page)
    examples = [path.read_text("utf-8") for path in sorted((FOLDER / "examples").glob("*.graphql"))]

    async def show_settings(request: Request) -> Response:
        token = await issue_demo_token(request) if settings.mode is Mode.DEVELOPMENT else None
        return Response(
            orjson.dumps({"demoToken": token, "examples": examples}),
            media_type="application/json",
            headers=page.headers | {"cache-control": "no-store"},
        )

    return [
        Route("/", files.show_page),
        Route("/graphiql/settings.json", show_settings),
        Route("/graphiql/{name:path}", files.show_file, middleware=[Middleware(ExceptionMiddleware)]),
    ]
