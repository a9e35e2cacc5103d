"""What Discord would say to a message, and what a reader would see of it. No network.

Every request is held against Discord's own OpenAPI description too, where that is at hand.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Problem = tuple[tuple[str | int, ...], str, str]
"""Where, Discord's code, and its words."""

CONTRACT = Path(
    os.environ.get("TOCSIN_CONTRACTS") or Path(__file__).parents[2].parent / "shared" / "contracts",
    "discord-openapi.json",
)
CONTRACT_PRESENT = CONTRACT.is_file()
JSON_SCHEMA = "content/application~1json/schema"

CONTENT, EMBEDS, ALL_EMBEDS, NONCE, ADDRESS, FIELDS = 2_000, 10, 6_000, 25, 2_048, 25
ROWS, BUTTONS, CUSTOM_ID, LABEL, BUTTON_ADDRESS = 5, 5, 100, 80, 512
EMBED_TEXTS = {
    ("title",): 256,
    ("description",): 4_096,
    ("author", "name"): 256,
    ("footer", "text"): 2_048,
}
EMBED_ADDRESSES = (("url",), ("author", "url"))
EMBED_PICTURES = (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url"))
FIELD_TEXTS = {"name": 256, "value": 1_024}
LINK, PREMIUM = 5, 6
"""Styles of buttons that bear no custom_id."""

EMPTY = (50006, "Cannot send an empty message", {})
MENTION = re.compile(r"(@everyone|@here)|<@!?([0-9]+)>|<@(&[0-9]+)>")
CODE_OR_ESCAPE = re.compile(r"(```.*?```|``.*?``|`[^`]*`)|\\([^0-9A-Za-z\s])", re.DOTALL)


# ---- what is refused -------------------------------------------------------------------------------------------


def refusal(message: Mapping[str, Any]) -> tuple[int, str, dict[str, Any]] | None:
    """The code, its words and the nested errors; None where Discord takes it."""
    problems = list(_message_problems(message))
    if problems:
        return invalid(problems)
    says = (message.get("content") or "").strip() or any(map(_says_something, message.get("embeds") or []))
    return None if says or message.get("attachments") else EMPTY


def invalid(problems: Iterable[Problem]) -> tuple[int, str, dict[str, Any]]:
    errors: dict[str, Any] = {}
    for path, code, words in problems:
        node = errors
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": words})
    return 50035, "Invalid Form Body", errors


def too_long(most: int) -> tuple[str, str]:
    return "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length."


def _message_problems(message: Mapping[str, Any]) -> Iterator[Problem]:
    if len(message.get("content") or "") > CONTENT:
        yield ("content",), *too_long(CONTENT)
    if len(str(message.get("nonce") or "")) > NONCE:
        yield ("nonce",), *too_long(NONCE)
    embeds = message.get("embeds") or []
    if len(embeds) > EMBEDS:
        yield ("embeds",), *too_long(EMBEDS)
    for place, embed in enumerate(embeds):
        yield from _under(("embeds", place), _embed_problems(embed))
    if sum(map(_size, embeds)) > ALL_EMBEDS:
        yield ("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {ALL_EMBEDS}"
    yield from _under(("components",), _component_problems(message.get("components") or []))
    yield from _under(("allowed_mentions",), _mention_problems(message.get("allowed_mentions") or {}))


def _under(path: Sequence[str | int], problems: Iterable[Problem]) -> Iterator[Problem]:
    return (((*path, *inner), code, words) for inner, code, words in problems)


def _embed_problems(embed: Mapping[str, Any]) -> Iterator[Problem]:
    for path, most in EMBED_TEXTS.items():
        if len(_at(embed, path)) > most:
            yield path, *too_long(most)
    for path in EMBED_ADDRESSES:
        yield from _under(path, _address_problems(_at(embed, path), ("http", "https")))
    for path in EMBED_PICTURES:
        yield from _under(path, _address_problems(_at(embed, path), ("http", "https", "attachment")))
    if embed.get("timestamp") is not None and not _is_time(embed["timestamp"]):
        yield ("timestamp",), "DATE_TIME_TYPE_PARSE", f"Could not parse {embed['timestamp']}. Should be ISO8601."
    if not 0 <= (embed.get("color") or 0) <= 0xFFFFFF:
        yield ("color",), "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215."
    fields = embed.get("fields") or []
    if len(fields) > FIELDS:
        yield ("fields",), *too_long(FIELDS)
    for place, field in enumerate(fields):
        for name, most in FIELD_TEXTS.items():
            if not field.get(name):
                yield ("fields", place, name), "BASE_TYPE_REQUIRED", "This field is required"
            elif len(field[name]) > most:
                yield ("fields", place, name), *too_long(most)


def _address_problems(url: str, schemes: tuple[str, ...]) -> Iterator[Problem]:
    if not url:
        return
    try:
        scheme, host = urlsplit(url).scheme, urlsplit(url).netloc
    except ValueError:
        scheme, host = "", ""
    if scheme and scheme not in schemes:
        yield (), "URL_TYPE_INVALID_SCHEME", f'Scheme "{scheme}" must be one of {schemes}.'
    elif not host or re.search(r"\s", url):
        yield (), "URL_TYPE_INVALID_URL", "Not a well formed URL."
    elif len(url) > ADDRESS:
        yield (), *too_long(ADDRESS)


def _component_problems(rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    if len(rows) > ROWS:
        yield (), *too_long(ROWS)
    seen: set[str] = set()
    for place, row in enumerate(rows):
        buttons = row.get("components") or []
        if row.get("type") == 1 and not 1 <= len(buttons) <= BUTTONS:
            yield (place, "components"), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {BUTTONS} in length."
        for within, button in enumerate(buttons):
            yield from _under((place, "components", within), _button_problems(button, seen))


def _button_problems(button: Mapping[str, Any], seen: set[str]) -> Iterator[Problem]:
    custom_id, style = button.get("custom_id"), button.get("style")
    if len(button.get("label") or "") > LABEL:
        yield ("label",), *too_long(LABEL)
    if button.get("type") == 2 and not button.get("label") and not button.get("emoji"):
        yield (), "BUTTON_COMPONENT_INVALID", "A button needs a label or an emoji"
    if len(custom_id or "") > CUSTOM_ID:
        yield ("custom_id",), *too_long(CUSTOM_ID)
    if custom_id in seen:
        yield ("custom_id",), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
    if style == LINK:
        schemes = ("http", "https", "discord")
        yield from _under(("url",), _address_problems(button.get("url") or "", schemes))
        if not button.get("url") or custom_id:
            yield (), "BUTTON_COMPONENT_INVALID_URL", "A link button has a url, and no custom id"
        if len(button.get("url") or "") > BUTTON_ADDRESS:
            yield ("url",), *too_long(BUTTON_ADDRESS)
    elif style != PREMIUM and not custom_id:
        yield (), "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required"
    seen.update([custom_id] if custom_id else [])


def _mention_problems(allowed: Mapping[str, Any]) -> Iterator[Problem]:
    for kind in ("users", "roles"):
        if allowed.get(kind) and kind in (allowed.get("parse") or []):
            words = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            yield (), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words
        if len(allowed.get(kind) or []) > 100:
            yield (kind,), *too_long(100)


def _at(node: Any, path: Sequence[str]) -> str:
    for step in path:
        node = (node or {}).get(step)
    return str(node or "")


def _size(embed: Mapping[str, Any]) -> int:
    fields = embed.get("fields") or []
    texts = [_at(embed, path) for path in EMBED_TEXTS] + [
        _at(field, [name]) for field in fields for name in FIELD_TEXTS
    ]
    return sum(map(len, texts))


def _says_something(embed: Mapping[str, Any]) -> bool:
    return _size(embed) > 0 or any(_at(embed, path) for path in EMBED_PICTURES)


def _is_time(value: Any) -> bool:
    try:
        return bool(datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return False


# ---- what a reader sees ----------------------------------------------------------------------------------------


def shown(message: Mapping[str, Any]) -> str:
    """The content, then every embed from top to bottom; escapes resolved where Discord reads markdown."""
    lines = [_plain(message.get("content") or "")]
    for embed in message.get("embeds") or []:
        lines += [_at(embed, ("author", "name")), _plain(_at(embed, ["title"])), _plain(_at(embed, ["description"]))]
        lines += [_plain(_at(field, [name])) for field in embed.get("fields") or [] for name in FIELD_TEXTS]
        lines += [f"[{alt}]" for alt in (_at(embed, (kind, "description")) for kind in ("thumbnail", "image")) if alt]
        lines += [_at(embed, ("footer", "text"))]
    return "\n".join(line for line in lines if line)


def buttons(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [button for row in message.get("components") or [] for button in row.get("components") or []]


def pinged(message: Mapping[str, Any]) -> list[str]:
    """Everybody whom the message or request notifies: ``@everyone``, ``@here``, a person's id, ``&`` and a role's id.

    Neither a backslash nor a code block saves from it here, so that only allowed_mentions does.
    """
    return sorted(mentioned(message.get("data") or message))


def mentioned(message: Mapping[str, Any]) -> set[str]:
    names = {"".join(found) for found in MENTION.findall(message.get("content") or "")}
    allowed = message.get("allowed_mentions")
    if allowed is None:
        return names
    parsed = allowed.get("parse") or []
    listed = {*map(str, allowed.get("users") or []), *(f"&{role}" for role in allowed.get("roles") or [])}
    return {name for name in names if name in listed or _kind(name) in parsed}


def _kind(name: str) -> str:
    return {"@": "everyone", "&": "roles"}.get(name[0], "users")


def _plain(text: str) -> str:
    return CODE_OR_ESCAPE.sub(lambda found: found[1] or found[2], text)


# ---- Discord's own description ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Violation:
    words: str
    problem: Problem
    """As Discord would tell of it."""


def request_violation(route: str, body: Any) -> Violation | None:
    """What the contract has against it. The route: ``POST /channels/{channel_id}/messages``."""
    if "application/json" not in _operation(route).get("requestBody", {}).get("content", {}):
        return None
    return _violation(route, _validator(f"{_pointer(route)}/requestBody/{JSON_SCHEMA}", with_numbers=True), body)


def answer_violation(route: str, status: int, body: Any) -> Violation | None:
    """The same of what the stand-in answers, for its own tests."""
    responses = _operation(route)["responses"]
    code = str(status) if str(status) in responses else "4XX"
    pointer = responses[code].get("$ref", f"{_pointer(route)}/responses/{code}")
    return _violation(route, _validator(f"{pointer}/{JSON_SCHEMA}", with_numbers=False), body)


def _operation(route: str) -> Mapping[str, Any]:
    method, path = route.split(" ")
    operation: Mapping[str, Any] = _contract()["paths"][path][method.lower()]
    return operation


def _pointer(route: str) -> str:
    method, path = route.split(" ")
    return f"#/paths/{path.replace('/', '~1')}/{method.lower()}"


def _violation(route: str, validator: Any, body: Any) -> Violation | None:
    from jsonschema.exceptions import best_match

    error = best_match(validator.iter_errors(body))
    if error is None:
        return None
    path, code, words = tuple(error.absolute_path), "BASE_TYPE_INVALID", error.message[:1000]
    match error.validator:
        case "maxLength" | "maxItems":
            code, words = too_long(error.validator_value)
        case "minLength" | "minItems":
            code = "BASE_TYPE_BAD_LENGTH"
        case "required":
            missing = next(name for name in error.validator_value if name not in error.instance)
            path, code, words = (*path, missing), "BASE_TYPE_REQUIRED", "This field is required"
        case "enum":
            code = "BASE_TYPE_CHOICES"
    return Violation(f"{route}: {'.'.join(map(str, path)) or 'body'}: {words}", (path, code, words))


@cache
def _contract() -> Mapping[str, Any]:
    contract: Mapping[str, Any] = json.loads(CONTRACT.read_text("utf-8"))
    return contract


@cache
def _validator(pointer: str, with_numbers: bool) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    document = _with_numbered_ids(_contract()) if with_numbers else _contract()
    registry = Registry().with_resource("urn:discord", DRAFT202012.create_resource(document))
    return Draft202012Validator({"$ref": f"urn:discord{pointer}"}, registry=registry)


def _with_numbered_ids(contract: Mapping[str, Any]) -> Mapping[str, Any]:
    """Discord takes ids as numbers too, and discord.py sends them so; the contract knows them as text alone."""
    components = contract["components"]
    either = {"anyOf": [components["schemas"]["SnowflakeType"], {"type": "integer", "minimum": 0}]}
    return {**contract, "components": {**components, "schemas": {**components["schemas"], "SnowflakeType": either}}}
