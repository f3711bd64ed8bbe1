"""The ledger: the only door to SQL. Records go in and come out; each call is one transaction.

Open it
    Ledger.open(url, migrate=True) -> Ledger        close()         ping()          counts() -> Counts
Articles (articles.py)
    add_article(submission) -> Added(article, created)              add_articles(submissions) -> [Added | error]
    get_article(id, version=None)   get_articles(ids) -> {id: Article}      find_article(external_id)
    article_versions(id)            list_articles(ArticleFilter, cursor=, limit=) -> Page
    iter_articles(ArticleFilter)    delete_article(id)
    list_publishers()               list_languages()
    wire_candidates(bands, but_not=, since=, until=) -> [WireCandidate]
Processing (processing.py)
    lease_pending(limit=, lease_s=) -> [Article]    release_leases(ids)     end_leases()    count_pending()
    save_processed(Processed) -> Saved              save_failed(id, version=, reason=)      retry_article(id)
Claims and links (claims.py)
    get_claim(id) -> ClaimContext   contexts(ids) -> {id: ClaimContext}     article_claims(article_id)
    list_claims(ClaimFilter, cursor=, limit=) -> Page               iter_claims(ClaimFilter)
    links_of(claim_ids) -> [StoredLink(id, judgement)]
Contradictions (contradictions.py)
    get_contradiction(id)           list_contradictions(ContradictionFilter, order=, cursor=, limit=) -> Page
    iter_contradictions(ContradictionFilter)        count_statuses() -> {status: number}
    contradictions_about(claim_ids=, source_groups=) -> [Contradiction]
    review(id, status=, reviewer=, note=, expected_version=) -> Contradiction
Threads (threads.py)
    get_thread(id)  list_threads(cursor=, limit=)   thread_claims(id)   threads_of(claim_ids) -> {claim: thread}
    save_thread(ThreadChange) -> Thread
Events (events.py)
    events_since(event_id, types=, limit=) -> [Event]               last_event_id()
Vectors (vector_rows.py; search them with vectors.VectorIndex)
    vectors_after(seq, model=, version=)    vectors_at(seqs)    removals_after(removal)     vector_models()     ledger_id()
    claims_without_vector(model=, version=)         add_vectors(ids, vectors, model=, version=)     drop_vectors(…)
    articles_without_vector(model=, version=)       add_article_vectors(ids, vectors, model=, version=)
    article_vectors(ids, model=, version=) -> {id: vector}          claims_with_vectors(article_ids, model=, version=)
Watchlist (watches.py)
    add_watch(kind, value) -> (Watch, created)      list_watches()  delete_watch(id)        is_watched_article(id)
Webhooks (webhooks.py)
    create_webhook(url, secret=, types=, filters=, description=) -> Webhook         get_webhook(id)
    list_webhooks(active=)          switch_webhook(id, reason=)     delete_webhook(id)
    queued_event()  queue_deliveries(messages, after=, upto=)       lease_deliveries(limit=, lease_s=)      add_test(id, body)
    finish_attempt(id, Attempt, state=, next_at=)   get_delivery(…) list_deliveries(…)      retry_delivery(…)
    count_deliveries()              prune_deliveries()
Keys and idempotent answers (access.py)
    create_key(name, scopes) -> (ApiKey, secret)    authenticate(secret) -> ApiKey  list_keys()     revoke_key(id)
    get_key(id)     signing_secret() -> bytes
    begin_answer(key, owner=, request_hash=) -> StoredAnswer | None     finish_answer(…)    drop_answer(…)
    drop_unfinished_answers()

Filters, Page, Processed, Saved and the rest are in types.py; ids are made by `ids.new_id(prefix)`.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from service.store.access import AccessStore
from service.store.base import utcnow
from service.store.claims import ClaimStore
from service.store.contradictions import ContradictionStore
from service.store.engine import check_schema, migrate, open_engine
from service.store.events import EventStore
from service.store.processing import ProcessingStore
from service.store.threads import ThreadStore
from service.store.vector_rows import VectorStore
from service.store.webhooks import WebhookStore


class Ledger(ProcessingStore, ClaimStore, ContradictionStore, ThreadStore, EventStore, VectorStore, AccessStore, WebhookStore):
    """Everything the ledger can do; safe to share between threads, and to open from several processes."""

    @classmethod
    def open(cls, url: str, *, migrate: bool = True, clock: Callable[[], datetime] = utcnow) -> "Ledger":
        """Return the ledger at an SQLAlchemy URL, with its schema made or brought up to date unless `migrate` is False.

        Raises InputError for a URL that cannot be a ledger, and StoreError for a file that is no ledger, a schema newer than
        this code, or an older one with `migrate` False. `clock` gives the present moment in UTC.
        """
        engine = open_engine(url)
        try:
            _bring_up(engine) if migrate else check_schema(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, clock=clock)

    @property
    def path(self) -> Path | None:
        """The file of an embedded ledger, or None."""
        database = self._engine.url.database
        return Path(database) if self.is_sqlite and database else None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


_bring_up = migrate
