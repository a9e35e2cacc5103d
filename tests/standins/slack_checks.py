"""What Slack would say to a message, and what a reader would see of it. No network."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

TEXT, BLOCKS, ALL_BLOCKS, ALT_TEXT, ADDRESS, SECTION, HEADER, CONTEXT = 40_000, 50, 13_000, 2_000, 3_000, 3_000, 150, 10
TITLE, VIEW_BLOCKS, PRIVATE_METADATA, HINT = 24, 100, 3_000, 2_000
KNOWN = {"rich_text", "section", "header", "context", "divider", "image", "actions"}
CONTAINERS = {"rich_text_section", "rich_text_quote", "rich_text_list", "rich_text_preformatted"}
LEAVES = {"text", "link", "user", "date", "emoji", "usergroup", "broadcast", "channel"}
MARKUP = re.compile(r"<([!@#][^>]*)>")


def refusal(message: Mapping[str, Any], broken_pictures: Sequence[str] = ()) -> tuple[str, list[str]] | None:
    """The error code and its details; None where Slack takes it."""
    text, blocks = message.get("text") or "", message.get("blocks") or []
    if not text and not blocks:
        return "no_text", []
    if len(text) > TEXT:
        return "msg_too_long", []
    if not _is_metadata(message.get("metadata")):
        return "invalid_metadata_format", []
    errors = list(_block_errors(blocks))
    errors += [
        f"downloading image failed [json-pointer:/blocks/{place}/image_url]"
        for place, block in enumerate(blocks)
        if block.get("image_url") in broken_pictures
    ]
    if errors:
        return "invalid_blocks", errors
    return ("msg_blocks_too_long", []) if sum(map(len, _strings(blocks))) > ALL_BLOCKS else None


def view_errors(view: Any) -> list[str]:
    """What Slack has against a modal. https://docs.slack.dev/reference/views/modal-views"""
    if not isinstance(view, Mapping) or view.get("type") != "modal":
        return ["must be a modal [json-pointer:/view]"]
    titles = {name: (view.get(name) or {}).get("text", "") for name in ("title", "submit", "close") if name in view}
    errors = [
        f"must be 1 to {TITLE} characters [{name}]" for name, text in titles.items() if not 0 < len(text) <= TITLE
    ]
    blocks = view.get("blocks") or []
    has_input = any(block.get("type") == "input" for block in blocks)
    errors += ["must define `submit` to use an `input` block"] if has_input and "submit" not in view else []
    errors += ["missing title"] if "title" not in view else []
    errors += ["must have blocks"] if not blocks else []
    errors += ["too long [private_metadata]"] if len(view.get("private_metadata") or "") > PRIVATE_METADATA else []
    return [*errors, *_block_errors(blocks, VIEW_BLOCKS, KNOWN | {"input"})]


def plain(blocks: Sequence[Mapping[str, Any]]) -> str:
    """The words of the blocks as a reader sees them, a line for every section; mentions as ``@U1``."""
    return "\n".join(line for block in blocks for line in _lines(block))


def shown(message: Mapping[str, Any]) -> str:
    return plain(message.get("blocks") or []) or str(message.get("text", ""))


def pinged(message: Mapping[str, Any]) -> list[str]:
    """Everybody whom this message would notify."""
    elements = [each for block in message.get("blocks") or [] for each in walk(block)]
    live = [
        str(each.get("user_id") or each.get("usergroup_id") or each.get("range"))
        for each in elements
        if each.get("type") in ("user", "usergroup", "broadcast")
    ]
    markup = [str(each.get("text")) for each in elements if each.get("type") == "mrkdwn"]
    # The text stands beside the blocks, and names the same people again.
    written = MARKUP.findall(" ".join([str(message.get("text", "")), *markup]))
    return sorted({*live, *(name.lstrip("@") for name in written)})


def walk(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a block."""
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def _is_metadata(metadata: Any) -> bool:
    if metadata is None:
        return True
    is_object = isinstance(metadata, dict) and isinstance(metadata.get("event_payload"), dict)
    return is_object and isinstance(metadata.get("event_type"), str)


def _block_errors(blocks: Any, most: int = BLOCKS, known: Set[str] = KNOWN) -> Iterator[str]:
    if not isinstance(blocks, list) or any(not isinstance(block, dict) for block in blocks):
        yield "must be an array of objects [json-pointer:/blocks]"
        return
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:/blocks]"
    for place, block in enumerate(blocks):
        if block.get("type") not in known:
            yield f"unsupported type: {block.get('type')} [json-pointer:/blocks/{place}/type]"
            return
        for part in walk(block):
            yield from (f"{error} [json-pointer:/blocks/{place}]" for error in _part_errors(part))
    try:
        for parsed in Block.parse_all(blocks):
            parsed.to_dict()
    except SlackObjectFormationError as error:
        yield str(error)


def _part_errors(part: Mapping[str, Any]) -> Iterator[str]:
    match part.get("type"):
        case "rich_text" | "rich_text_section" | "rich_text_quote" | "rich_text_list" | "rich_text_preformatted":
            inner = {each.get("type") for each in part["elements"]}
            allowed = CONTAINERS if part["type"] == "rich_text" else LEAVES
            allowed = {"rich_text_section"} if part["type"] == "rich_text_list" else allowed
            if not inner or not inner <= allowed:
                yield f"elements of {part['type']} must be some of {sorted(allowed)}"
        case "text" | "plain_text" | "mrkdwn" if not part.get("text"):
            yield "must be more than 0 characters"
        case "link" if not _is_address(part.get("url")):
            yield "invalid url"
        case "image" if not _is_address(part.get("image_url")) or not 0 < len(part.get("alt_text") or "") <= ALT_TEXT:
            yield "invalid image"
        case "date" if not isinstance(part.get("timestamp"), int) or part["timestamp"] <= 0 or not part.get("fallback"):
            yield "invalid date"
        case "context" if len(part["elements"]) > CONTEXT:
            yield "no more than 10 items allowed"
        case "header" if len(part["text"]["text"]) > HEADER:
            yield "must be less than 151 characters"
        case "input" if not all(len(part.get(name, {}).get("text", "x")) <= HINT for name in ("label", "hint")):
            yield "must be less than 2001 characters"
        case "section" if len((part.get("text") or {}).get("text", "")) > SECTION:
            yield "must be less than 3001 characters"


def _is_address(url: Any) -> bool:
    return isinstance(url, str) and len(url) <= ADDRESS and re.fullmatch(r"https?://[^\s<>\"]+", url) is not None


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _strings(value)


def _lines(block: Mapping[str, Any]) -> Iterator[str]:
    if block["type"] == "image":
        yield f"[{block['alt_text']}]"
    if block["type"] == "input":
        yield f"{block['label']['text']}: {block['element'].get('initial_value', '')}"
        yield block.get("hint", {}).get("text", "")
    for element in block.get("elements", ()):
        if element["type"] == "rich_text_list":
            yield from (f"• {_inline(item)}" for item in element["elements"])
        else:
            yield _inline(element)


def _inline(container: Mapping[str, Any]) -> str:
    return "".join(map(_leaf, container.get("elements", ())))


def _leaf(element: Mapping[str, Any]) -> str:
    match element["type"]:
        case "user":
            return f"@{element['user_id']}"
        case "date":
            return str(element["fallback"])
        case "link":
            return str(element.get("text") or element["url"])
        case _:
            return str(element.get("text", ""))


def stamp(seconds: float) -> str:
    """A message's ``ts``."""
    return f"{seconds:.6f}"
