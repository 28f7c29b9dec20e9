"""Our errors on their way out."""

from __future__ import annotations

from lsp_codex.errors import SignInRequired
from lsp_codex.server.errors import invalid_params, to_json_rpc


def test_our_errors_become_request_failed_with_advice() -> None:
    """Code -32803 and the sentence for a person; no data, no traceback."""
    error = to_json_rpc(SignInRequired()).to_response_error()
    assert (error.code, error.data) == (-32803, None)
    assert error.message == SignInRequired().for_person()


def test_a_wrong_argument_is_invalid_params() -> None:
    """Code -32602 and what is wrong."""
    error = invalid_params("takes one object").to_response_error()
    assert (error.code, error.message) == (-32602, "takes one object")
