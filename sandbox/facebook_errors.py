"""Error bodies as the Graph API words them (facebook 2.7, 5.5, 6.1, 6.2)."""

from typing import Any


class GraphError(Exception):
    """An error object on its way to the caller."""

    def __init__(
        self,
        code: int,
        message: str,
        subcode: int = 0,
        *,
        status: int = 400,
        type: str = "OAuthException",
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": type, "code": code, **more}
        if subcode:
            self.error["error_subcode"] = subcode

    @property
    def body(self) -> dict[str, Any]:
        """The whole JSON answer."""
        return {"error": {**self.error, "fbtrace_id": "AS4ndb0xTrace"}}

    @property
    def headers(self) -> dict[str, str]:
        """What the caller is told about the token."""
        kind = "invalid_token" if self.error["code"] in (102, 190) else "invalid_request"
        message = self.error["message"].replace('"', "'").encode("ascii", "replace").decode()
        return {"WWW-Authenticate": f'OAuth "Facebook Platform" "{kind}" "{message}"'}


def missing(method: str, node: str) -> GraphError:
    """No such object, or not for this token."""
    verb = {"GET": "get", "POST": "post", "DELETE": "delete"}.get(method, method.lower())
    return GraphError(
        100,
        f"Unsupported {verb} request. Object with ID '{node}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
        33,
        type="GraphMethodException",
    )


def expired() -> GraphError:
    """The session is over."""
    return GraphError(190, "Error validating access token: Session has expired on Sunday, 22-Nov-26 05:00:00 PST.", 463)


def too_many_calls() -> GraphError:
    """The Page's own limit."""
    return GraphError(80001, "(#80001) There have been too many calls to this Page account. Wait a bit and try again.")


def no_permission(name: str) -> GraphError:
    """A scope or a role is missing."""
    return GraphError(200, f"(#200) If posting to a page, requires {name} with page token", status=403)
