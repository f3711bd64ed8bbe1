"""Bytes to articles: formats, cleaning, language and wire copies."""
