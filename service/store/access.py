"""API keys, kept as hashes, and the answers to requests that carried an Idempotency-Key."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import RowMapping, and_, delete, insert, select, update

from service.errors import Conflict, InputError, NotFound, Unauthorized
from service.store import tables
from service.store.base import Store, check_text
from service.store.ids import new_id
from service.store.types import ApiKey, StoredAnswer

_K = tables.api_keys
_W = tables.answers
_META = tables.meta

SCOPES = ("read", "write", "review", "admin")
"""What a key may allow."""

ANSWER_KEPT_S = 24 * 3600
"""How long the answer to an Idempotency-Key is kept."""

_USED_AGAIN_S = 60  # last_used_at is written at most once a minute: a write for every request would make readers wait


class AccessStore(Store):
    """API keys and idempotent answers."""

    def create_key(self, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
        """Return the key and its secret, which is shown this once and stored only as a hash; raises InputError for a scope."""
        check_text(name, "name")
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise InputError(f"scopes are {list(scopes)}; name one or more of {', '.join(SCOPES)}", loc=("scopes",))
        secret = "ck_" + secrets.token_urlsafe(32)
        key = ApiKey(new_id("key"), name, tuple(dict.fromkeys(scopes)), self._clock())
        values = {"id": key.id, "name": name, "scopes": list(key.scopes), "created_at": key.created_at}
        with self._write() as connection:
            connection.execute(insert(_K).values(**values, secret_hash=_hash(secret)))
        return key, secret

    def authenticate(self, secret: str) -> ApiKey:
        """Return the key of this secret and note its use; raises Unauthorized.

        Keys are found by the hash of 256 random bits, so the time of the look-up tells nothing of the secret.
        """
        with self._read() as connection:
            row = connection.execute(select(_K).where(_K.c.secret_hash == _hash(secret))).mappings().first()
        if row is None or row["revoked_at"] is not None:
            raise Unauthorized(
                "the API key is unknown or revoked; make one with `counterclaim keys create`", loc=("Authorization",)
            )
        now = self._clock()
        if row["last_used_at"] is None or now - row["last_used_at"] > timedelta(seconds=_USED_AGAIN_S):
            with self._write() as connection:
                connection.execute(update(_K).where(_K.c.id == row["id"]).values(last_used_at=now))
        return _key_of(row)

    def list_keys(self) -> list[ApiKey]:
        """Return all keys, revoked ones too, oldest first."""
        with self._read() as connection:
            return [_key_of(row) for row in connection.execute(select(_K).order_by(_K.c.id)).mappings()]

    def get_key(self, key_id: str) -> ApiKey:
        """Return the key, revoked or not; raises NotFound."""
        with self._read() as connection:
            row = connection.execute(select(_K).where(_K.c.id == key_id)).mappings().first()
        if row is None:
            raise NotFound(f"no API key has the id {key_id}", loc=("id",))
        return _key_of(row)

    def signing_secret(self) -> bytes:
        """Return 32 random bytes that belong to this ledger, made at the first call; what browsers keep is signed with them."""
        mine = select(_META.c.value).where(_META.c.name == "signing_secret")
        with self._read() as connection:
            known: str | None = connection.execute(mine).scalar()
        if known is None:
            with self._write() as connection:
                known = connection.execute(mine).scalar()
                if known is None:
                    known = secrets.token_hex(32)
                    connection.execute(insert(_META).values(name="signing_secret", value=known))
        return bytes.fromhex(known)

    def revoke_key(self, key_id: str) -> None:
        """End a key at once; raises NotFound. To revoke it again changes nothing."""
        with self._write() as connection:
            live = and_(_K.c.id == key_id, _K.c.revoked_at.is_(None))
            if connection.execute(update(_K).where(live).values(revoked_at=self._clock())).rowcount:
                return
            if connection.execute(select(_K.c.id).where(_K.c.id == key_id)).first() is None:
                raise NotFound(f"no API key has the id {key_id}", loc=("id",))

    def begin_answer(self, key: str, *, owner: str, request_hash: str) -> StoredAnswer | None:
        """Return the answer that this Idempotency-Key got before, or None: then the request is the caller's to do.

        The caller must end with `finish_answer` or `drop_answer`. Raises Conflict if the key was used for another request,
        or if the first request is still at work.
        """
        now = self._clock()
        mine = and_(_W.c.owner == owner, _W.c.key == key)
        with self._write() as connection:
            connection.execute(delete(_W).where(_W.c.created_at < now - timedelta(seconds=ANSWER_KEPT_S)))
            row = connection.execute(select(_W).where(mine)).mappings().first()
            if row is None:
                connection.execute(insert(_W).values(owner=owner, key=key, request_hash=request_hash, created_at=now))
                return None
        if row["request_hash"] != request_hash:
            raise Conflict(f"Idempotency-Key {key!r} was used for another request; use a new one", loc=("Idempotency-Key",))
        if row["status"] is None:
            message = f"the first request with Idempotency-Key {key!r} is still at work; ask again in a moment"
            raise Conflict(message, loc=("Idempotency-Key",))
        return StoredAnswer(row["status"], row["body"])

    def finish_answer(self, key: str, *, owner: str, status: int, body: str) -> None:
        """Keep the answer for the next 24 hours."""
        with self._write() as connection:
            mine = and_(_W.c.owner == owner, _W.c.key == key)
            connection.execute(update(_W).where(mine).values(status=status, body=body))

    def drop_answer(self, key: str, *, owner: str) -> None:
        """Forget a request that came to nothing, so that it can be tried again."""
        with self._write() as connection:
            connection.execute(delete(_W).where(_W.c.owner == owner, _W.c.key == key))

    def drop_unfinished_answers(self) -> int:
        """Return how many requests were forgotten that a crash cut off, so that their keys can be used again at once."""
        with self._write() as connection:
            return connection.execute(delete(_W).where(_W.c.status.is_(None))).rowcount


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _key_of(row: RowMapping) -> ApiKey:
    return ApiKey(row["id"], row["name"], tuple(row["scopes"]), row["created_at"], row["last_used_at"], row["revoked_at"])
