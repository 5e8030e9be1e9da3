"""The web floor: pictures that platforms fetch by address (zalo 2.1), and whether the service is alive.

Stateless: any number of processes may serve the same data folder. The staff desk will stand here.
"""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from connectors.media import CHECK_NAME, CHECK_TEXT, PICTURE_NAME


def create_app(assets: Path, alive: Callable[[], bool]) -> FastAPI:
    """The app over one asset folder; `alive` answers whether the clock has ticked lately."""
    app = FastAPI(title="CCHC Campaign Scheduler", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/media/{name}")
    def media(name: str) -> Response:
        """A picture by its hash. Only what is in the store; the name cannot lead anywhere else."""
        if name == CHECK_NAME:
            return PlainTextResponse(CHECK_TEXT, headers={"Cache-Control": "no-store"})
        found = PICTURE_NAME.fullmatch(name)
        if not found:
            return Response(status_code=404)
        path = assets / ("fit" if found["fit"] else found["hash"][:2]) / name
        if not path.is_file():
            return Response(status_code=404)
        return FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        """200 while the clock ticks, else 503."""
        ok = alive()
        return JSONResponse({"ok": ok}, status_code=200 if ok else 503)

    return app
