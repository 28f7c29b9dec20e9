"""Advice: the sentences that tell the user what to do, each once, for the errors that end with them."""

from __future__ import annotations

from enum import Enum


class Advice(Enum):
    """What the user can do about it."""

    SIGN_IN = "Sign in with the command codex.signIn."
    CHECK_NETWORK = "Check the network, the proxy and the certificate settings."
    SEE_USAGE = "Meanwhile ghost text pauses; https://chatgpt.com/settings/usage shows your usage and sells credits."
    ASK_ADMIN = "Meanwhile ghost text pauses; the administrator of your workspace can raise the limit."
    OTHER_MODEL = "Choose another model; codex.models lists them."
    WAIT = "Try again later."
    CHANGE_SETTING = "Change the setting that is named."
    OTHER_WAYS = (
        'Sign in with a device code (codex.signIn with {"method": "deviceCode"}), or finish in the browser and give '
        "the address that it ends on to codex.completeSignIn."
    )
    NO_DEVICE_CODE = (
        "Switch device code sign-in on in the security settings of ChatGPT, or ask the administrator of your "
        "workspace for it; or sign in in the browser (codex.signIn) and, where that cannot reach this machine, give "
        "the address that it ends on to codex.completeSignIn."
    )
    ASK_PARENT = "The program that signed you in has to give new tokens; the next request asks it again."
    SIGN_OUT_FIRST = "Sign out first (codex.signOut), or leave the login to that program."
    AS_ALLOWED = "Sign in as the setting allows, or ask whoever made it."
    COPY_KEY = "Copy it once more from the pages of the OpenAI API."
    SIGN_OUT_THERE = "To end it there too, log out of all devices in the security settings of ChatGPT."
    PASTE_AGAIN = "Take the address that the browser ends on after the sign-in shown last, which still waits."
    NEW_CONVERSATION = "Begin a new conversation."
    WAIT_OR_CANCEL = "Wait for its answer, or cancel it."
    SHORTER = "Ask a shorter question, or about less text."
    AGAIN = "Ask again."
    OTHER_WORDS = "Ask again, in other words."
    OTHER_FILE = "Name a text file, as FILE, FILE:LINE or FILE:FIRST-LAST."
    REPORT = "If it persists, report it with the log."
    NOTHING = ""
