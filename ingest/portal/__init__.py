"""Reads records of the national public service portal and makes drafts of them."""
