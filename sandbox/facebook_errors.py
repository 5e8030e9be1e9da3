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
        return {"error": {"new_key": "v", **self.error, "fbtrace_id": "AS4ndb0xTrace"}}

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


DEAD = {
    463: "Error validating access token: Session has expired on Sunday, 22-Nov-26 05:00:00 PST.",
    460: "Error validating access token: The session has been invalidated because the user changed their password or "
    "Facebook has changed the session for security reasons.",
    458: "Error validating access token: The user has not authorized application 100000000000001.",
    459: "Error validating access token: You cannot access the app till you log in to www.facebook.com.",
    464: "Error validating access token: The user is not confirmed.",
    467: "Error validating access token: The session is invalid because the user logged out.",
    492: "Error validating access token: The user must be an administrator of the page in order to impersonate it.",
    0: "Invalid OAuth access token - Cannot parse access token",
}
"""What a dead token is told, by subcode (facebook 2.7)."""


def expired(subcode: int = 463, status: int = 400) -> GraphError:
    """The session is over, in one of the ways of `DEAD`."""
    return GraphError(190, DEAD[subcode], subcode, status=status)


def no_permission(name: str, status: int = 403) -> GraphError:
    """A scope or a role is missing."""
    return GraphError(200, f"(#200) If posting to a page, requires {name} with page token", status=status)


def blocked(subcode: int) -> GraphError:
    """The Page or the content is held back (facebook 6.2)."""
    message = "The action attempted has been deemed abusive or is otherwise disallowed"
    return GraphError(368, message, subcode, error_user_msg="Bạn tạm thời bị chặn thực hiện hành động này.")
