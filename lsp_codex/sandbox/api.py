"""The sandbox's OpenAI API under ``/v1``: models and responses for whoever has the sandbox's API key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.sandbox.exchange import Answer, json_answer

if TYPE_CHECKING:
    from lsp_codex.sandbox.backend import Backend
    from lsp_codex.sandbox.exchange import Seen

BASE = "/v1/"
API_KEY = "sk-sandbox-no-real-key"


class Api:
    """The public API's endpoints and errors; what answers is the model of ``backend``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def refused(self, request: Seen) -> Answer | None:
        """401 for another key, 400 and 404 as the public API words them; None for what is accepted."""
        if request.bearer != API_KEY:
            return _error(401, "Incorrect API key provided.", "invalid_api_key")
        if request.method != "POST":
            return None
        body = request.json()
        if not isinstance(body, dict) or not isinstance(body.get("input"), list):
            return _error(400, "Invalid type for 'input'.", "invalid_type", "input")
        if body.get("stream") is not True:
            return _error(400, "The sandbox answers streams only.", "unsupported_value", "stream")
        if all(entry.slug != body.get("model") for entry in self._backend.models):
            return _error(404, f"The model `{body.get('model')}` does not exist.", "model_not_found")
        return None

    def models(self, _request: Seen) -> Answer:
        """``GET models``: ids and nothing else of use."""
        rows = [{"id": entry.slug, "object": "model", "owned_by": "sandbox"} for entry in self._backend.models]
        return json_answer(200, {"object": "list", "data": rows})


def _error(status: int, message: str, code: str, param: str | None = None) -> Answer:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return json_answer(status, {"error": error})
