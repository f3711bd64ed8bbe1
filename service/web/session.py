"""Who is looking at a page: a signed cookie that names an API key, and the tokens that guard forms.

The cookie holds no secret of the key: its id, a random nonce and the time, signed with the ledger's own secret. It is HttpOnly
and SameSite=Strict. A revoked key ends its sessions at once, since the key is looked up for every page. Form tokens are derived
from the nonce, so that pages that are open while a session is prolonged stay good.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from service.api.deps import LOCAL, Caller, Running, Services
from service.errors import Forbidden, NotFound, Unauthorized
from service.web.forms import Form, read_form

COOKIE = "counterclaim_desk"

LIFETIME_S = 12 * 3600
"""A sign-in ends after this long without a page being opened."""

RENEW_S = 600
"""A session this old is written anew when it is used."""

TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105 - the name of a header


class StaleForm(Forbidden):
    """A form whose token is not of this session: the page was open when its session ended."""

    title = "The page was open too long"


@dataclass(frozen=True, slots=True)
class Session:
    """What the cookie says. `key_id` is empty until somebody signs in."""

    key_id: str
    nonce: str
    used_at: float

    @classmethod
    def fresh(cls, key_id: str = "") -> "Session":
        """Return a new session."""
        return cls(key_id, secrets.token_urlsafe(18), time.time())


class Signer:
    """Writes and reads cookies, and makes form tokens."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def write(self, session: Session) -> str:
        """Return the cookie's value."""
        raw = json.dumps([session.key_id, session.nonce, int(session.used_at)]).encode()
        packed = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return f"{packed}.{self._sign('session', packed)}"

    def read(self, value: str | None) -> Session | None:
        """Return the session of a cookie, or None for one that is missing, too old or not ours."""
        packed, _, signature = (value or "").partition(".")
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._sign("session", packed).encode()):
            return None
        try:
            key_id, nonce, used_at = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        except (ValueError, binascii.Error):
            return None
        return Session(key_id, nonce, used_at) if time.time() - used_at < LIFETIME_S else None

    def token(self, session: Session) -> str:
        """Return the token that forms of this session carry."""
        return self._sign("form", session.nonce)

    def _sign(self, purpose: str, value: str) -> str:
        return hmac.new(self._secret, f"{purpose}:{value}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is looking at a page, and the token for the forms on it."""

    caller: Caller
    token: str

    def may(self, scope: str) -> bool:
        """Return whether the visitor's key has this scope."""
        return scope in self.caller.scopes or "admin" in self.caller.scopes

    @property
    def is_local(self) -> bool:
        """True where no key is asked for."""
        return self.caller.key_id == LOCAL.key_id


def signer_of(request: Request) -> Signer:
    """Return the signer of this server."""
    found: Signer | None = getattr(request.app.state, "desk_signer", None)
    if found is None:
        found = request.app.state.desk_signer = Signer(request.app.state.services.ledger.signing_secret())
    return found


def session_of(request: Request) -> Session:
    """Return the session of this request, a fresh one where there is none; `keep` writes it to the answer."""
    known: Session | None = getattr(request.state, "session", None)
    if known is None:
        known = signer_of(request).read(request.cookies.get(COOKIE))
        request.state.keep_session = known is None or time.time() - known.used_at > RENEW_S
        known = request.state.session = replace(known, used_at=time.time()) if known else Session.fresh()
    return known


def start(request: Request, key_id: str) -> Session:
    """Begin a new session for whoever just signed in, or out with an empty id; returns it."""
    request.state.session, request.state.keep_session = Session.fresh(key_id), True
    return session_of(request)


def keep(request: Request, response: Response) -> None:
    """Write the session to the answer where that is due."""
    if getattr(request.state, "keep_session", False):
        response.set_cookie(
            COOKIE, signer_of(request).write(request.state.session), max_age=LIFETIME_S, path="/", httponly=True,
            samesite="strict", secure=request.url.scheme == "https",
        )  # fmt: skip


def visitor_of(request: Request, running: Services) -> Visitor | None:
    """Return who is looking, or None for somebody who must sign in first."""
    session = session_of(request)
    token = signer_of(request).token(session)
    if running.keys.is_open:
        return Visitor(LOCAL, token)
    if not session.key_id:
        return None
    try:
        key = running.ledger.get_key(session.key_id)
    except NotFound:
        return None
    return None if key.revoked_at else Visitor(Caller(key.name, key.scopes, key.id), token)


def needs(scope: str) -> Callable[..., Visitor]:
    """Return the dependency that lets in visitors whose key has this scope; Unauthorized sends the others to sign in."""

    def check(request: Request, running: Running) -> Visitor:
        visitor = visitor_of(request, running)
        if visitor is None:
            raise Unauthorized("sign in with an API key first")
        if not visitor.may(scope):
            raise Forbidden(f"the key {visitor.caller.name!r} may not do this: it lacks the scope {scope}")
        return visitor

    return check


Reads = Annotated[Visitor, Depends(needs("read"))]
Reviews = Annotated[Visitor, Depends(needs("review"))]
Writes = Annotated[Visitor, Depends(needs("write"))]
Admins = Annotated[Visitor, Depends(needs("admin"))]


def check_token(request: Request, token: str) -> None:
    """Raise StaleForm unless the token is of this session, and Forbidden for what another site sent."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("another site sent this; open the desk itself and do it there")
    expected = signer_of(request).token(session_of(request))
    if not hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode()):
        raise StaleForm("this page was open too long and its sign-in ended; nothing was stored, send it again")


async def posted(request: Request) -> Form:
    """Return the fields of a form whose token is of this session."""
    form = await read_form(request)
    check_token(request, request.headers.get(TOKEN_HEADER) or form.get("csrf"))
    return form


Posted = Annotated[Form, Depends(posted)]
