"""Wikidata's JSON dumps: lines or documents → entities → rows.

FileRange ──▶ LineReader / read_document ──▶ one entity's JSON ──▶ EntityReader.rows ──▶ EntityRows
"""
