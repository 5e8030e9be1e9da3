"""The imitated Graph API behind HTTP: which path does what, for a request or for one item of a batch."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from sandbox.facebook_comments import Comments
from sandbox.facebook_errors import GraphError, blocked, expired, missing, no_permission
from sandbox.facebook_insights import Insights
from sandbox.facebook_login import PAGE_ID, Login, Token
from sandbox.facebook_posts import Post, Posts
from sandbox.facebook_usage import Usage
from sandbox.facebook_video import Video, Videos
from sandbox.world import World

LIMIT_MAX, BATCH_MAX = 100, 50
ENGAGEMENT = ("reactions", "comments", "shares")
EDGES = ("published_posts", "posts", "feed")


@dataclass
class Call:
    """One request, or one item of a batch. `path` has no version; `full_path` is what a fault matches."""

    method: str
    path: str
    full_path: str
    args: dict[str, Any]
    token: str = ""
    files: dict[str, bytes] = field(default_factory=dict)


class Graph:
    """Answers calls; raises `GraphError`. Hold the world's lock around it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.login = Login(world)
        self.posts = Posts(world)
        self.videos = Videos(world, self.posts)
        self.insights = Insights(world)
        self.comments = Comments(world)
        self.usage = Usage(world, self.login.pages)
        self.routes: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", r"oauth/access_token", lambda call: self.login.exchange(call.args)),
            ("GET", r"debug_token", lambda call: self.login.debug(call.args, call.token)),
            ("GET", r"me/accounts", lambda call: self.login.accounts(self._token(call), call.full_path)),
            ("GET", r"me/permissions", self._permissions),
            ("POST", r"", self._batch),
            ("POST", r"(\w+)/photos", self._upload),
            ("POST", r"(\w+)/feed", self._publish),
            ("POST", r"(\w+)/(videos|video_reels)", self._upload_video),
            ("POST", r"(\w+)/thumbnails", self._set_cover),
            ("POST", r"(\w+)/comments", self._comment),
            ("GET", r"(\w+)/comments", self._comments),
            ("POST", r"video-upload/v[0-9.]+/(\w+)", self._receive),
            ("GET", rf"(\w+)/({'|'.join(EDGES)})", self._listing),
            ("GET", r"(\w+)/video_reels", self._reels),
            ("GET", r"(\w+)/insights", self._insights),
            ("GET", r"(\w+)/video_insights", self._video_insights),
            ("GET", r"(\w+)", self._node),
            ("POST", r"(\w+)", self._change),
            ("DELETE", r"(\w+)", self._delete),
        ]

    def answer(self, call: Call) -> Any:
        """What the platform says, with the faults that were ordered for this call."""
        self.videos.settle()
        self._refuse_by_fault(call)
        late = self.world.strikes("error", call.method, call.full_path)
        if late and not late.effect:
            raise _ordered(late.values)
        answer = self._route(call)
        if late:
            raise _ordered(late.values)
        return with_strange_keys(answer)

    def _refuse_by_fault(self, call: Call) -> None:
        dead = self.world.strikes("expired_token", call.method, call.full_path)
        if dead:
            raise expired(int(dead.values.get("subcode", 463)), int(dead.values.get("status", 400)))
        held = self.world.strikes("blocked", call.method, call.full_path)
        if held:
            raise blocked(int(held.values.get("subcode", 1390008)))
        refused = self.world.strikes("no_permission", call.method, call.full_path)
        if refused:
            raise no_permission("pages_manage_posts", int(refused.values.get("status", 403)))
        if self.world.strikes("require_proof", call.method, call.full_path) and "appsecret_proof" not in call.args:
            message = "API calls from the server require an appsecret_proof argument"
            raise GraphError(100, message, type="GraphMethodException")

    def _route(self, call: Call) -> Any:
        if "ids" in call.args and call.method == "GET":
            raise GraphError(100, "The ids query parameter is deprecated in v26.0+", status=500)
        for method, pattern, handle in self.routes:
            found = re.fullmatch(pattern, call.path)
            if found and method == call.method:
                return handle(call, *found.groups())
        raise GraphError(2500, f"Unknown path components: /{call.path}")

    # Who asks -------------------------------------------------------------------------------------------

    def _token(self, call: Call, *scopes: str) -> Token:
        text = str(call.args.get("access_token") or call.token)
        token = self.login.valid(text)
        self.login.check_proof(text, str(call.args.get("appsecret_proof", "")))
        for scope in scopes:
            if scope not in token.scopes:
                raise no_permission(scope)
        return token

    def _own_page(self, call: Call, node: str, *scopes: str) -> Token:
        token = self._token(call, *scopes)
        page = self._page_id(token, node)
        if page not in self.login.pages or (node == "me" and token.type != "PAGE"):
            raise missing(call.method, node)
        if token.type == "PAGE" and token.profile_id in self.login.pages and token.profile_id != page:
            raise no_permission("pages_manage_posts")
        return token

    def _page_id(self, token: Token, node: str) -> str:
        """The Page that is meant; `me` is the token's own."""
        return token.profile_id if node == "me" and token.profile_id in self.login.pages else _or_first(node)

    def _post(self, call: Call, node: str, scope: str = "pages_manage_posts") -> Post:
        self._token(call, *(() if call.method == "GET" else (scope,)))
        if any(post_id.endswith(f"_{node}") for post_id in self.posts.posts):
            raise GraphError(12, "(#12) singular published story API is deprecated for versions v2.4 and higher")
        post = self.posts.posts.get(node)
        if post is None:
            raise missing(call.method, node)
        return post

    def _permissions(self, call: Call) -> dict[str, Any]:
        return {"data": [{"permission": name, "status": "granted"} for name in self._token(call).scopes]}

    # Publishing -----------------------------------------------------------------------------------------

    def _upload(self, call: Call, node: str) -> dict[str, Any]:
        token = self._own_page(call, node, "pages_manage_posts")
        return self.posts.upload(call.args, call.files, call.full_path, self._page_id(token, node))

    def _publish(self, call: Call, node: str) -> dict[str, Any]:
        token = self._own_page(call, node, "pages_manage_posts", "pages_read_engagement")
        if token.type != "PAGE":
            raise GraphError(200, "(#200) Unpublished posts must be posted to a page as the page itself.", status=403)
        post = self.posts.publish(call.args, call.full_path, self._page_id(token, node))
        names = _names(call.args.get("fields", "")) or ["id"]
        return {**self._chosen(self.posts.fields(post), names), "post_supports_client_mutation_id": True}

    def _upload_video(self, call: Call, node: str, edge: str) -> dict[str, Any]:
        token = self._own_page(call, node, "pages_manage_posts", "pages_read_engagement")
        if self._page_id(token, node) != PAGE_ID:  # the first Page alone takes films here
            raise missing(call.method, node)
        if edge == "video_reels":
            return self.videos.reel(call.args, call.full_path)
        return self.videos.upload(call.args, call.files, call.full_path)

    def _receive(self, call: Call, video_id: str) -> dict[str, Any]:
        self.login.valid(call.token)
        return self.videos.receive(video_id, call.args, call.files.get("body", b""), call.full_path)

    def _set_cover(self, call: Call, node: str) -> dict[str, Any]:
        return self.videos.set_cover(self._video(call, node), call.files)

    def _change(self, call: Call, node: str) -> dict[str, Any]:
        if node in self.videos.videos:
            return self.videos.change(self._video(call, node), call.args)
        return self.posts.change(self._post(call, node), call.args, call.full_path)

    def _comment(self, call: Call, node: str) -> dict[str, Any]:
        token = self._token(call, "pages_manage_engagement")
        if token.type != "PAGE":
            raise GraphError(200, "(#200) Comments must be written as the page itself.", status=403)
        return self.comments.write(self._post(call, node, "pages_manage_engagement"), call.args, call.full_path)

    def _delete(self, call: Call, node: str) -> dict[str, Any]:
        if node in self.comments.comments:
            self._token(call, "pages_manage_engagement")
            return self.comments.delete(self.comments.comments[node])
        if node in self.videos.videos:
            return self.videos.delete(self._video(call, node))
        return self.posts.delete(self._post(call, node))

    def _video(self, call: Call, node: str) -> Video:
        self._token(call, "pages_manage_posts")
        if node not in self.videos.videos:
            raise missing(call.method, node)
        return self.videos.videos[node]

    # Reading --------------------------------------------------------------------------------------------

    def _node(self, call: Call, node: str) -> dict[str, Any]:
        names = _names(call.args.get("fields", "id,name"))
        refused = self.world.strikes("refused_field", "GET", call.full_path)
        if refused and refused.values["name"] in names:
            raise GraphError(10, f"(#10) Not enough permissions for the field {refused.values['name']}", status=403)
        if node in self.login.pages or node == "me":
            token = self._own_page(call, node)
            return self._chosen(self._page_fields(token, self._page_id(token, node)), names, "Page")
        if node in self.posts.photos:
            self._token(call)
            photo = self.posts.photos[node]
            return self._chosen({"id": photo.id, "alt_text_custom": photo.alt, "page_story_id": photo.post_id}, names)
        if node in self.videos.videos:
            self._token(call)
            return self._chosen(self.videos.fields(self.videos.videos[node]), names, "Video")
        return self._post_fields(call, self._post(call, node), names)

    def _page_fields(self, token: Token, page: str) -> dict[str, Any]:
        followers, name = self.insights.followers(), self.login.pages[page]
        facts = {"id": page, "name": name, "fan_count": followers - 37, "followers_count": followers}
        return facts | {"access_token": token.text if token.type == "PAGE" else self.login.page_token(token, page)}

    def _post_fields(self, call: Call, post: Post, names: list[str]) -> dict[str, Any]:
        if {"reactions", "comments"} & set(names) and self.world.strikes("no_user_content", "GET", call.full_path):
            raise GraphError(10, "(#10) This endpoint requires the 'pages_read_user_content' permission", status=403)
        return self._chosen(self.posts.fields(post) | self.insights.engagement(post), names)

    def _chosen(self, facts: dict[str, Any], names: list[str], node_type: str = "Post") -> dict[str, Any]:
        may_be_absent = ("message", "post_id", "attachments", "full_picture", "shares", "name", "from", *ENGAGEMENT)
        for name in names:
            if name not in facts and name not in may_be_absent:
                raise GraphError(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node_type})")
        return {name: facts[name] for name in dict.fromkeys([*names, "id"]) if name in facts}

    def _listing(self, call: Call, node: str, edge: str) -> dict[str, Any]:
        """Newest first."""
        token = self._own_page(call, node, "pages_read_engagement")
        page = self._page_id(token, node)
        since, until = float(call.args.get("since", 0)), float(call.args.get("until", 1e11))
        if self.world.strikes("since_ignored", "GET", call.full_path):
            since, until = 0, 1e11
        apart = self.videos.reel_posts() if self.world.strikes("reels_apart", "GET", call.full_path) else ()
        leaks = self.world.strikes("hidden_leaks", "GET", call.full_path) is not None
        inside = [
            post
            for post in self.posts.listed(unpublished=edge == "feed" or leaks)
            if since <= post.at.timestamp() <= until and post.id not in apart and post.page_id == page
        ]
        names = _names(call.args.get("fields", "id,created_time,message"))
        return self._paged(call, token, inside, lambda post: self._post_fields(call, post, names))

    def _comments(self, call: Call, node: str) -> dict[str, Any]:
        token = self._token(call, "pages_read_engagement")
        names = _names(call.args.get("fields", "id,created_time,from,message"))
        shown = self.comments.listed(self._post(call, node), call.args)
        return self._paged(call, token, shown, lambda one: self._chosen(self.comments.fields(one), names, "Comment"))

    def _paged(
        self, call: Call, token: Token, items: list[Any], tell: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """One page of a list; `next` carries the token in clear, as Facebook's does (facebook 4.1)."""
        limit = int(call.args.get("limit", 25))
        if limit > LIMIT_MAX:
            raise GraphError(100, "(#100) The parameter limit must be at most 100")
        heavy = self.world.strikes("too_much", call.method, call.full_path)
        if heavy and limit > int(heavy.values.get("limit", 12)):
            raise GraphError(
                1, "Please reduce the amount of data you're asking for, then retry your request", status=500
            )
        after = str(call.args.get("after", ""))
        start = _cursor("dead" if after and self.world.strikes("dead_cursor", "GET", call.full_path) else after)
        answer: dict[str, Any] = {"data": [tell(item) for item in items[start : start + limit]]}
        if answer["data"]:
            after = f"QVFI{start + limit:06d}"
            answer["paging"] = {"cursors": {"before": f"QVFI{start:06d}", "after": after}}
            if start + limit < len(items):
                query = urlencode({"access_token": token.text, "limit": limit, "after": after})
                answer["paging"]["next"] = f"{self.world.base_url}{call.full_path}?{query}"
                if self.world.strikes("no_cursor", "GET", call.full_path):
                    del answer["paging"]["cursors"]
        return answer

    def _reels(self, call: Call, node: str) -> dict[str, Any]:
        """`GET /{page}/video_reels`: on one page, newest first, dated from the upload (facebook 3.6)."""
        self._own_page(call, node, "pages_read_engagement")
        names = _names(call.args.get("fields", "id"))
        since, until = float(call.args.get("since", 0)), float(call.args.get("until", 1e11))
        reels = [video for video in reversed(self.videos.videos.values()) if video.reel and video.finished_at]
        reels = [video for video in reels if since <= video.at.timestamp() <= until]
        return {"data": [self._chosen(self.videos.fields(video), names, "Video") for video in reels]}

    def _insights(self, call: Call, node: str) -> dict[str, Any]:
        def allowed() -> Token:
            return self._token(call, "read_insights", "pages_read_engagement")

        self._token(call)
        if node in self.videos.videos:
            raise GraphError(100, "(#100) Tried accessing nonexisting field (insights) on node type (Video)")
        if node in self.login.pages:
            return self.insights.of_page(call.args, call.full_path, allowed)
        return self.insights.of_post(self._post(call, node), call.args, call.full_path, allowed)

    def _video_insights(self, call: Call, node: str) -> dict[str, Any]:
        self._token(call, "read_insights")
        video = self.videos.videos.get(node)
        if video is None:
            raise missing(call.method, node)
        if video.post is None:
            return {"data": []}
        return self.insights.of_video(video.post, video.id, call.args, call.full_path)

    def _batch(self, call: Call) -> list[Any]:
        """Each item is answered by itself; its body is a JSON text (facebook 5.6)."""
        self._token(call)
        try:
            items = json.loads(str(call.args.get("batch", "")))
        except ValueError:
            raise GraphError(100, "(#100) batch must be a JSON array") from None
        if len(items) > BATCH_MAX:
            raise GraphError(100, f"Too many requests in batch message. Maximum batch size is {BATCH_MAX}")
        return [self._item(call, item) for item in items]

    def _item(self, call: Call, item: dict[str, Any]) -> dict[str, Any] | None:
        parts = urlsplit(str(item["relative_url"]))
        path = unquote(parts.path).strip("/")
        inner = Call(
            method=str(item.get("method", "GET")),
            path=path,
            full_path=f"{call.full_path.rstrip('/')}/{path}",
            args=dict(parse_qsl(parts.query)),
            token=str(call.args.get("access_token") or call.token),
        )
        if self.world.strikes("null_item", inner.method, inner.full_path):
            return None
        try:
            return {"code": 200, "body": json.dumps(self.answer(inner), ensure_ascii=True)}
        except GraphError as error:
            return {"code": error.status, "body": json.dumps(error.body)}


def _or_first(node: str) -> str:
    """`me` of a token whose Page nobody knows is the first Page."""
    return PAGE_ID if node == "me" else node


def with_strange_keys(answer: Any) -> Any:
    """The same with a key nobody announced in every object, because Facebook adds some without notice."""
    if isinstance(answer, dict):
        return {"new_key": {"v": 1}, **{name: with_strange_keys(value) for name, value in answer.items()}}
    return [with_strange_keys(one) for one in answer] if isinstance(answer, list) else answer


def _ordered(values: dict[str, Any]) -> GraphError:
    """The error that was ordered: {code, subcode, status, type, message, is_transient, …}."""
    more = {name: value for name, value in values.items() if name in ("is_transient", "error_data", "error_user_msg")}
    return GraphError(
        int(values.get("code", 1)),
        str(values.get("message", "An unknown error occurred")),
        int(values.get("subcode", 0)),
        status=int(values.get("status", 400)),
        type=str(values.get("type", "OAuthException")),
        **more,
    )


def _names(fields: Any) -> list[str]:
    """Top-level names of a `fields` parameter: "id,attachments{target{id}}" has two."""
    flat, depth = "", 0
    for letter in str(fields):
        depth += letter in "{("
        flat += letter if depth == 0 else ""
        depth -= letter in "})"
    return [name.partition(".")[0].strip() for name in flat.split(",") if name.strip()]


def _cursor(after: str) -> int:
    if not after:
        return 0
    if not re.fullmatch(r"QVFI\d{6}", after):
        raise GraphError(100, "(#100) Invalid cursors values for 'after' cursor")
    return int(after[4:])
