"""The errors of the service, as one tree. Each says what was wrong, the value, and what to do.

CounterclaimError
├── InputError            422  something the caller sent is wrong; `loc` names the field
│   ├── EmptyText              nothing but white space
│   ├── BinaryInput            not text in any encoding we read
│   ├── TooLarge          413  over a limit; the message names it
│   ├── UnknownFormat     415  a container we do not read
│   └── RequestTimeout    408  the client stopped sending
├── NotFound              404  no such id
├── Conflict              409  the record changed meanwhile, or an idempotency key was used for something else
├── PreconditionFailed    412  If-Match does not match
├── Unavailable           503  a model, the database or the worker is not ready
├── Overloaded            429  the queue is full; `retry_after_s` says when to come back
├── Forbidden             403  the key lacks the scope
├── Unauthorized          401  no valid key
└── StoreError            500  the ledger could not do it; nothing was stored
"""


class CounterclaimError(Exception):
    """The root: anything this service raises on purpose."""

    status = 500
    title = "Internal error"

    def __init__(self, message: str, *, loc: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.loc = loc


class InputError(CounterclaimError):
    """Something the caller sent is wrong."""

    status = 422
    title = "Invalid input"


class EmptyText(InputError):
    """The text holds nothing but white space."""

    title = "Empty text"


class BinaryInput(InputError):
    """The bytes are not text in any encoding that is read."""

    title = "Not text"


class TooLarge(InputError):
    """A limit was passed; the message names it."""

    status = 413
    title = "Too large"


class UnknownFormat(InputError):
    """A container or content type that is not read."""

    status = 415
    title = "Unknown format"


class RequestTimeout(InputError):
    """The client began a request and stopped sending."""

    status = 408
    title = "Request timeout"


class NotFound(CounterclaimError):
    """No record has this id."""

    status = 404
    title = "Not found"


class Conflict(CounterclaimError):
    """The record changed meanwhile."""

    status = 409
    title = "Conflict"


class PreconditionFailed(CounterclaimError):
    """If-Match names another version."""

    status = 412
    title = "Precondition failed"


class Unavailable(CounterclaimError):
    """A model, the database or the worker is not ready."""

    status = 503
    title = "Not ready"


class Overloaded(CounterclaimError):
    """The queue is full."""

    status = 429
    title = "Too many requests"

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Forbidden(CounterclaimError):
    """The key lacks the scope."""

    status = 403
    title = "Forbidden"


class Unauthorized(CounterclaimError):
    """No valid key was given."""

    status = 401
    title = "Unauthorized"


class StoreError(CounterclaimError):
    """The ledger could not do it."""

    title = "Store error"
