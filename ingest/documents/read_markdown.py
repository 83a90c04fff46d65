"""Reads Markdown and plain text."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from ingest.documents.blocks import (
    Block,
    Document,
    DocumentFormat,
    Heading,
    Items,
    Paragraph,
    Table,
)
from ingest.documents.encodings import text_of

_DEEPEST = 40
"""Lists and quotations nested deeper than this are read as text."""


def read_markdown(path: Path) -> Document:
    """The document of a Markdown or plain text file."""
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
    parser.disable(["html_block", "html_inline", "code"])  # indented text is not a program here
    root = SyntaxTreeNode(parser.parse(text_of(path.read_bytes())))
    return Document(DocumentFormat.MARKDOWN, tuple(_blocks(root)))


def _blocks(node: SyntaxTreeNode) -> list[Block]:
    found: list[Block] = []
    for child in node.children:
        match child.type:
            case "heading":
                found.append(Heading(int(child.tag[1]), _text(child)))
            case "paragraph":
                found.append(Paragraph(_text(child)))
            case "bullet_list" | "ordered_list":
                items = tuple(filter(None, map(_text, child.children)))
                if items:
                    found.append(Items(items, child.type == "ordered_list"))
            case "table":
                found.append(
                    Table(
                        tuple(
                            tuple(_text(cell) for cell in row.children)
                            for part in child.children
                            for row in part.children
                        )
                    )
                )
            case "fence" | "code_block":
                found.append(Paragraph(child.content.strip()))
            case "blockquote":
                found += _blocks(child)
    return [block for block in found if not isinstance(block, Heading | Paragraph) or block.text]


def _text(node: SyntaxTreeNode) -> str:
    parts: list[str] = []
    for child in node.walk():
        if child.type in ("text", "code_inline", "fence"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "list_item" and child is not node:
            parts.append("\n- ")
        elif child.type == "paragraph" and child is not node and parts and parts[-1][-1:] != " ":
            parts.append("\n")
    lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)
