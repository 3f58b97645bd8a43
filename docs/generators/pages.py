"""All pages below docs/reference: one function for each group, which returns texts by file name."""

from collections.abc import Callable
from pathlib import Path

from generators.cli_page import cli_pages
from generators.error_page import error_pages
from generators.guideline_pages import guideline_pages
from generators.rule_pages import rule_pages
from generators.vocabulary_pages import vocabulary_pages

PAGES: tuple[Callable[[Path], dict[str, str]], ...] = (guideline_pages, rule_pages, vocabulary_pages, error_pages, cli_pages)
