"""What the live backend is reported to refuse of a request body, each with its text (spec/backend.md 1.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from lsp_codex.sandbox.exchange import Answer, json_answer
from lsp_codex.sandbox.models import version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lsp_codex.sandbox.exchange import Seen
    from lsp_codex.sandbox.models import Entry

Body: TypeAlias = "dict[str, Any]"
Rule: TypeAlias = "Callable[[Body, Seen, Sequence[Entry]], Answer | None]"

LITE_HEADER = "x-openai-internal-codex-responses-lite"
THOUGHT = "sandbox-thought-"
"""How the content of a reasoning item begins that this sandbox has encrypted, in a manner of speaking."""
UNSUPPORTED_PARAMETERS = (
    "max_output_tokens",
    "max_tool_calls",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "truncation",
    "metadata",
    "safety_identifier",
    "background",
    "stream_options",
)


def refusal(request: Seen, models: Sequence[Entry]) -> Answer | None:
    """The answer of the first rule that is broken; None for a body that is accepted."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        return json_answer(415, {"detail": f"The sandbox reads plain JSON only, not content-encoding {encoding}."})
    body = request.json()
    if not isinstance(body, dict):
        return _detail("The body is not a JSON object.")
    broken = (rule(body, request, models) for rule in RULES)
    return next((answer for answer in broken if answer is not None), None)


def _detail(text: str) -> Answer:
    return json_answer(400, {"detail": text})


def _error(message: str, *, code: str | None = None, param: str | None = None) -> Answer:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return json_answer(400, {"error": error})


def _known_model(body: Body, _request: Seen, models: Sequence[Entry]) -> Answer | None:
    slug = body.get("model")
    if any(entry.slug == slug for entry in models):
        return None
    return _detail(f"The '{slug}' model is not supported when using Codex with a ChatGPT account.")


def _new_enough(body: Body, request: Seen, models: Sequence[Entry]) -> Answer | None:
    """Read from the ``version`` header; which header the live service reads is not known (spec/backend.md 9)."""
    known = version(request.headers.get("version"))
    if known is None or all(entry.slug != body["model"] or entry.minimum <= known for entry in models):
        return None
    text = "model requires a newer version of Codex. Please upgrade to the latest app or CLI and try again."
    return _detail(f"The '{body['model']}' {text}")


def _store(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    return None if body.get("store") is False else _detail("Store must be set to false")


def _stream(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    return None if body.get("stream") is True else _detail("Stream must be set to true")


def _parameters(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    name = next((name for name in UNSUPPORTED_PARAMETERS if name in body), None)
    return None if name is None else _detail(f"Unsupported parameter: {name}")


def _tier(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    return _detail("Unsupported service_tier: auto") if body.get("service_tier") == "auto" else None


def _well_formed(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    """Not in the spec's table; without it the rules below have nothing to look at."""
    items = body.get("input")
    if not _objects(items):
        return _detail("Input must be a list")
    contents = [item.get("content", "") for item in items]
    texts = [part.get("text", "") for parts in contents if _objects(parts) for part in parts]
    if not all(isinstance(content, str) or _objects(content) for content in contents):
        return _error("Invalid type for 'input[].content'.", code="invalid_type")
    if not all(isinstance(text, str) for text in texts):
        return _error("Invalid type for 'input[].content[].text'.", code="invalid_type")
    if not isinstance(body.get("reasoning") or {}, dict) or not _objects(body.get("tools") or []):
        return _error("Invalid type for 'reasoning' or 'tools'.", code="invalid_type")
    return None


def _objects(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _no_system(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    found = any(item.get("role") == "system" for item in body["input"])
    return _detail("System messages are not allowed") if found else None


def _instructions(body: Body, request: Seen, _models: Sequence[Entry]) -> Answer | None:
    """Classic bodies only. A developer message stands in for them: 0.169.0 sends no ``instructions`` at all."""
    if LITE_HEADER in request.headers or body.get("instructions"):
        return None
    found = any(item.get("role") == "developer" for item in body["input"])
    return None if found else _detail("Instructions are required")


def _assistant_text(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    for item in body["input"]:
        content = item.get("content")
        if item.get("role") != "assistant" or not isinstance(content, list):
            continue
        if any(part.get("type") == "input_text" for part in content):
            return _error("Invalid value: 'input_text'", code="invalid_value")
    return None


def _call_outputs(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    answered = [item.get("call_id") for item in body["input"] if item.get("type") == "function_call_output"]
    calls = (item.get("call_id") for item in body["input"] if item.get("type") == "function_call")
    missing = next((call for call in calls if call not in answered), None)
    return None if missing is None else _error(f"No tool output found for function call {missing}.")


def _reasoning(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    """As the public API answers; of the live backend the spec says no more than that they go back unchanged (1.3)."""
    items = body["input"]
    for item, following in zip(items, [*items[1:], {}], strict=False):
        if item.get("type") != "reasoning":
            continue
        if not str(item.get("encrypted_content")).startswith(THOUGHT):
            return _error("The encrypted content could not be verified.", code="invalid_encrypted_content")
        if following.get("type") != "reasoning" and following.get("role") != "assistant":
            return _error("Item of type 'reasoning' was provided without its required following item.")
    return None


def _flat_tools(body: Body, _request: Seen, _models: Sequence[Entry]) -> Answer | None:
    """A tool in the nested shape of chat completions."""
    for index, tool in enumerate(body.get("tools") or ()):
        if tool.get("type") == "function" and "name" not in tool:
            return _error(f"Missing required parameter: 'tools[{index}].name'", code="missing_required_parameter")
    return None


def _effort(body: Body, _request: Seen, models: Sequence[Entry]) -> Answer | None:
    """Reported for the public API, Bedrock and gateways, not for this backend itself."""
    effort = (body.get("reasoning") or {}).get("effort")
    offered = next(entry.wire_efforts for entry in models if entry.slug == body["model"])
    if effort is None or effort in offered:
        return None
    accepted = ", ".join(f"'{one}'" for one in offered)
    text = f"Unsupported value: '{effort}' is not supported with the '{body['model']}' model."
    return _error(f"{text} Supported values are: {accepted}.", code="unsupported_value", param="reasoning.effort")


def _lite_is_serial(body: Body, request: Seen, _models: Sequence[Entry]) -> Answer | None:
    """Reported without its text; the text is ours."""
    if LITE_HEADER in request.headers and body.get("parallel_tool_calls"):
        return _detail("parallel_tool_calls must be false with responses lite")
    return None


RULES: tuple[Rule, ...] = (
    _known_model,
    _new_enough,
    _store,
    _stream,
    _parameters,
    _tier,
    _well_formed,
    _no_system,
    _instructions,
    _assistant_text,
    _call_outputs,
    _reasoning,
    _flat_tools,
    _effort,
    _lite_is_serial,
)
