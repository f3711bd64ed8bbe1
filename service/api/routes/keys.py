"""API keys: made, listed and revoked by whoever may do everything."""

from dataclasses import asdict

from fastapi import Response

from service.api.answers import KeyMade, KeyOut
from service.api.deps import Admin, Running
from service.api.routes import new_router, problems
from service.api.schemas import KeyId, KeyIn

router = new_router("keys", "keys")


@router.post("", status_code=201, summary="Make an API key", responses=problems(415))
def create_key(running: Running, caller: Admin, body: KeyIn) -> KeyMade:
    """A new key. Its secret is in this answer and nowhere else. The first key of a ledger closes it to calls without one."""
    del caller
    key, secret = running.ledger.create_key(body.name, body.scopes)
    return KeyMade.model_validate(asdict(key) | {"secret": secret})


@router.get("", summary="List API keys")
def list_keys(running: Running, caller: Admin) -> list[KeyOut]:
    """All keys, revoked ones too, oldest first."""
    del caller
    return [KeyOut.model_validate(key) for key in running.ledger.list_keys()]


@router.delete("/{key_id}", status_code=204, summary="Revoke an API key", responses=problems(404))
def revoke_key(running: Running, caller: Admin, key_id: KeyId) -> Response:
    """The key ends at once; to revoke it again changes nothing."""
    del caller
    running.ledger.revoke_key(key_id)
    return Response(status_code=204)
