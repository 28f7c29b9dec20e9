"""Where we deviate from the recorded program on purpose, and which recordings are about something else; a table.

Each reason is the title of a row in ARCHITECTURE.md, "The account API", where it is argued.
"""

from __future__ import annotations

from dataclasses import dataclass

HANDSHAKE = "The handshake is LSP's"
ORIGINATOR = "The originator is us"
PAGE = "A browser sign-in ends when its tokens are saved"
SUFFIX = "No onboarding suffix"
BODIES = "No bodies in error texts"
ID_TOKEN = "An id token that cannot be read is an invalid answer"
PATIENCE = "Trouble of the sign-in service does not cost a device code"
ROUTING_401 = "A 401 of the routing question is called so"
FAIL_CLOSED = "An invalid forced workspace refuses every login"
RENEWED_ELSEWHERE = "A login renewed into another workspace is not used"
DEAD = "A dead login asks nothing"
BUNDLED = "The built-in model list holds facts only"
AUTO = "`auto` deletes the file without a keyring, too"
SESSION = "What cannot be saved holds for the session"
WORDS = "Our words for what our stores say"
GIVES_WAY = "A pending sign-in of our own gives way"
ENVIRONMENT = "No credentials from other programs' variables"
PROVIDER = "There is no model without a login"
ONCE = "Requests at the same time ask once"


@dataclass(frozen=True, slots=True)
class Deviation:
    """In transcripts that begin like ``where``, a recorded message like ``recorded`` where ours is like ``ours``."""

    where: str
    recorded: str
    ours: str
    reason: str
    masked: tuple[str, ...] = ()
    """Members that may differ; then nothing else may."""


NOTHING = "^nothing$"
DONE = r'login/completed.*"success": true|account/updated'

DEVIATIONS = (
    Deviation("01", "Not initialized", "-32002", HANDSHAKE),
    Deviation("03|13", "originator=research_client", "originator=lsp_codex", ORIGINATOR),
    Deviation("", "^302$", "^200$", PAGE),
    Deviation("06|33", NOTHING, DONE, PAGE),
    Deviation("06", "login-1.*Login cancelled", NOTHING, PAGE),
    Deviation("33", '"canceled"', '"notFound"', PAGE),
    Deviation("33", "login-1.*Login was not completed|login-6.*Login cancelled", NOTHING, PAGE),
    Deviation("33", "^302$", "^400$", SUFFIX),
    Deviation("33", "life_sciences", NOTHING, SUFFIX),
    Deviation("33", "account/updated", NOTHING, SUFFIX),
    Deviation("33", NOTHING, "login-3.*Login cancelled", SUFFIX),
    Deviation("06", "status 400 Bad Request: bad code", 'status 400 Bad Request"', BODIES),
    Deviation("06", "status 500 Internal Server Error: boom", 'status 500 Internal Server Error"', BODIES),
    Deviation("15c|28", "content-type=.*body=", "failed to fetch codex rate limits: (GET|Decode)", BODIES),
    Deviation("06", "could not be saved locally", "OAuth token response is invalid", ID_TOKEN),
    Deviation("07", "device auth failed with status 500", NOTHING, PATIENCE),
    Deviation("07", NOTHING, "login-1.*Login was not completed", PATIENCE),
    Deviation("06", "account changed during workspace", r"unauthorized \(401\)", ROUTING_401),
    Deviation("36_", 'authUrl|chatgptAuthTokens"', "Login is disabled: the setting", FAIL_CLOSED),
    Deviation("36_", "login/completed|account/updated", NOTHING, FAIL_CLOSED),
    Deviation("13_", '"planType": "pro"', '"account": null', RENEWED_ELSEWHERE),
    Deviation("15b", "rateLimits", "codex account authentication required", DEAD),
    Deviation("08b|17", "gpt-6", "gpt-6", BUNDLED, ("availabilityNux", "multiAgentVersion")),
    Deviation("19_storage_auto", "failed to delete auth from keyring", '"result": {}', AUTO),
    Deviation("19_storage_auto", NOTHING, "account/updated.*null", AUTO),
    Deviation("19_storage_keyring", '"account": null', '"type": "(apiKey|chatgpt)"', SESSION),
    Deviation("19_storage_keyring", NOTHING, "account/updated", SESSION),
    Deviation("19_storage_keyring", "failed to save api key: ", "failed to save api key: This machine", WORDS),
    Deviation("19_storage_keyring", "logout failed: ", "logout failed: This machine", WORDS),
    Deviation("21", NOTHING, "login-1.*Login cancelled", GIVES_WAY),
    Deviation("21", "Port 127.0.0.1:1457 is already in use", "authUrl", GIVES_WAY),
    Deviation("26c", "failed to decode agent identity", '"result": {}', ENVIRONMENT),
    Deviation("26c", "login-1.*not completed", NOTHING, ENVIRONMENT),
    Deviation("26c", NOTHING, "login-1.*not completed|account/updated", ENVIRONMENT),
    Deviation("26d", '"requiresOpenaiAuth": false', '"requiresOpenaiAuth": true', PROVIDER),
    Deviation("30", "Tokens/refresh|rateLimits/updated", NOTHING, ONCE),
    Deviation("30", NOTHING, "Tokens/refresh|rateLimits/updated", ONCE),
)

NOT_OURS = (
    ("27_", "results only, no messages; the test of C31 reads them from the recording"),
    ("31_", "several clients of one server: LSP has one client for each"),
)
"""Recordings that are not played, by the beginning of their names."""
