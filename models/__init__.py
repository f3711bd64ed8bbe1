"""Text in, numbers out: the embedder, the NLI judge and the claim tagger. No database, no HTTP, no settings."""
