"""JSON Feed 1.1 as a JSON schema, from the text of https://www.jsonfeed.org/version/1.1/."""

from __future__ import annotations

from typing import Any

URI = {"type": "string", "format": "uri", "pattern": "^https?://"}
TEXT = {"type": "string"}
AUTHOR = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}, "url": URI, "avatar": URI},
    # "All author properties are optional, but at least one must be present".
    "anyOf": [{"required": ["name"]}, {"required": ["url"]}, {"required": ["avatar"]}],
    "additionalProperties": False,
}
ITEM = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "url": URI,
        "external_url": URI,
        "title": TEXT,
        "content_html": TEXT,
        "content_text": TEXT,
        "summary": TEXT,
        "image": URI,
        "banner_image": URI,
        "date_published": {"type": "string", "format": "date-time"},
        "date_modified": {"type": "string", "format": "date-time"},
        "authors": {"type": "array", "items": AUTHOR},
        "tags": {"type": "array", "items": TEXT},
        "language": {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$"},
        "attachments": {"type": "array"},
    },
    # "must include at least one of content_html or content_text"
    "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
    # "Custom extensions: the names begin with an underscore, and hold objects".
    "patternProperties": {"^_[A-Za-z]": {"type": "object"}},
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": TEXT,
        "home_page_url": URI,
        "feed_url": URI,
        "description": TEXT,
        "user_comment": TEXT,
        "next_url": URI,
        "icon": URI,
        "favicon": URI,
        "authors": {"type": "array", "items": AUTHOR},
        "language": TEXT,
        "expired": {"type": "boolean"},
        "hubs": {"type": "array"},
        "items": {"type": "array", "items": ITEM},
    },
    "patternProperties": {"^_[A-Za-z]": {"type": "object"}},
    "additionalProperties": False,
}
