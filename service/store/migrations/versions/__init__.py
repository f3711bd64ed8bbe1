"""One file a revision; `service.store.engine.REVISIONS` lists them in order."""
