"""HEAD at every address that knows GET (RFC 9110, 9.1 and 9.3.2): the same answer, its body left out."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AnswerHead:
    """Hands HEAD on as GET, so that key, limits, status and headers are those of GET, and holds the body back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; see the ASGI specification."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_no_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_no_body)
