"""Our values in the words of the account API: account, limits, models; pure (spec/account-api.md 2, 5, 8, 9)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, assert_never

from lsp_codex.auth.state import External, Failed, SignedIn, SignedOut
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.backend.details import Details

if TYPE_CHECKING:
    from lsp_codex.auth.state import AuthState
    from lsp_codex.backend.limits import RateLimits, ResetCredits, SpendCap, Usage, Window
    from lsp_codex.backend.models import Model
    from lsp_codex.backend.routing import Routing

PLANS = frozenset(
    (
        *("free", "go", "plus", "pro", "prolite", "promax", "team", "business", "ent26", "enterprise"),
        *("self_serve_business_prolite", "self_serve_business_usage_based"),
        *("enterprise_cbp_automation", "enterprise_cbp_usage_based"),
        *("edu", "edu_plus", "edu_pro", "sci", "sci_plus"),
    )
)
REACHED = frozenset(
    (
        "rate_limit_reached",
        "workspace_owner_credits_depleted",
        "workspace_member_credits_depleted",
        "workspace_owner_usage_limit_reached",
        "workspace_member_usage_limit_reached",
    )
)


def plan(word: str | None) -> str:
    """A plan by its name in the API, ``unknown`` for any other."""
    return word if word in PLANS else "unknown"


def mode(state: AuthState) -> dict[str, Any]:
    """The params of ``account/updated``."""
    match state:
        case SignedOut() | Failed():
            return {"authMode": None, "planType": None}
        case ApiKey():
            return {"authMode": "apikey", "planType": None}
        case SignedIn(account=account):
            return {"authMode": "chatgpt", "planType": plan(account.plan)}
        case External(account=account):
            return {"authMode": "chatgptAuthTokens", "planType": plan(account.plan)}
        case _:
            assert_never(state)


def account(state: AuthState, routing: Routing | None) -> dict[str, Any]:
    """The answer of ``account/read``; all four members always."""
    shown: dict[str, Any] | None
    user_id = None
    match state:
        case SignedOut() | Failed():
            shown = None
        case ApiKey():
            shown = {"type": "apiKey"}
        case SignedIn(account=who) | External(account=who):
            name = None if routing is None else routing.name
            shown = {"type": "chatgpt", "email": who.email, "planType": plan(who.plan), "workspaceName": name}
            user_id = who.user_id
        case _:
            assert_never(state)
    return {
        "account": shown,
        "userId": user_id,
        "requiresOpenaiAuth": True,
        "workspaceRouting": routing
        and {
            "chatgptAccountId": routing.account_id,
            "backendOrigin": routing.origin,
            "accountRoutingOverride": routing.override,
        },
    }


def bucket(limits: RateLimits, plan_type: str | None = None) -> dict[str, Any]:
    """One limit; ``plan_type`` is the plan's word where the answer is about it."""
    return {
        "limitId": limits.limit_id,
        "limitName": limits.name,
        "normalModelSlug": None,
        "primary": _window(limits.primary),
        "secondary": _window(limits.secondary),
        "credits": limits.credits
        and {
            "hasCredits": limits.credits.has_credits,
            "unlimited": limits.credits.unlimited,
            "balance": limits.credits.balance,
        },
        "individualLimit": _cap(limits.own),
        "spendControlReached": limits.spend,
        "planType": None if plan_type is None else plan(plan_type),
        "rateLimitReachedType": limits.reached if limits.reached in REACHED else None,
    }


def limits(usage: Usage, resets: ResetCredits | None, state: AuthState) -> dict[str, Any]:
    """The answer of ``account/rateLimits/read``."""
    buckets = {each.limit_id: bucket(each, each.plan) for each in (usage.main, *usage.others)}
    who = state.account if isinstance(state, SignedIn | External) else None
    named = who is not None and usage.account_id is not None and usage.account_id == who.account_id
    same_user = named and who is not None and usage.user_id == who.user_id
    return {
        "ordinaryUsageAllowed": usage.allowed if same_user else None,
        "rateLimits": bucket(usage.main, usage.main.plan),
        "rateLimitsByLimitId": buckets,
        "rateLimitResetCredits": None if resets is None else _resets(resets),
        "accountId": usage.account_id if named else None,
        "rateLimitUpsell": None,
    }


def model(entry: Model, *, is_default: bool) -> dict[str, Any]:
    """One model as ``model/list`` shows it."""
    said = entry.details or Details()
    efforts = said.efforts or tuple((effort, "") for effort in entry.efforts)
    speeds = said.speed_tiers or (("fast",) if entry.tiers and not said.tiers else ())
    tiers = [{"id": tier.id, "name": tier.name, "description": tier.description} for tier in said.tiers]
    return {
        "id": entry.slug,
        "model": entry.slug,
        "upgrade": said.upgrade,
        "upgradeInfo": None if said.upgrade is None else _upgrade(said.upgrade, said.upgrade_text),
        "availabilityNux": None if said.news is None else {"message": said.news},
        "displayName": entry.name,
        "description": entry.description,
        "modelSpecialty": None,
        "hidden": not entry.visible,
        "supportedReasoningEfforts": [{"reasoningEffort": effort, "description": what} for effort, what in efforts],
        "defaultReasoningEffort": entry.default_effort or (entry.efforts[0] if entry.efforts else "medium"),
        "inputModalities": list(said.modalities),
        "supportsPersonality": False,
        "multiAgentVersion": said.agents,
        "additionalSpeedTiers": list(speeds),
        "serviceTiers": tiers
        or [{"id": tier, "name": "Fast" if tier == "priority" else tier, "description": ""} for tier in entry.tiers],
        "defaultServiceTier": said.default_tier,
        "availableAccessPrograms": None,
        "isDefault": is_default,
    }


def _upgrade(slug: str, text: str | None) -> dict[str, Any]:
    return {"model": slug, "upgradeCopy": None, "modelLink": None, "migrationMarkdown": text}


def _window(window: Window | None) -> dict[str, Any] | None:
    if window is None:
        return None
    at = None if window.resets_at is None else int(window.resets_at)
    # The reference rounds a half up, Python to the even side.
    used = math.floor(window.used_percent + 0.5)
    return {"usedPercent": used, "windowDurationMins": window.minutes, "resetsAt": at}


def _cap(cap: SpendCap | None) -> dict[str, Any] | None:
    if cap is None:
        return None
    return {
        "limit": cap.limit,
        "used": cap.used,
        "remainingPercent": math.floor(cap.remaining_percent + 0.5),
        "resetsAt": int(cap.resets_at),
    }


def _resets(found: ResetCredits) -> dict[str, Any]:
    rows = [row for each in found.rows if (row := _credit(each)) is not None]
    return {"availableCount": found.available, "credits": rows}


def _credit(row: Any) -> dict[str, Any] | None:
    match row:
        case {"id": str(name), "granted_at": int(granted)} if not isinstance(granted, bool):
            kind, standing, expires = row.get("reset_type"), row.get("status"), row.get("expires_at")
            return {
                "id": name,
                "grantedAt": granted,
                "expiresAt": expires if isinstance(expires, int) and not isinstance(expires, bool) else None,
                "resetType": "codexRateLimits" if kind in ("codex_rate_limits", "codexRateLimits") else "unknown",
                "status": standing if standing in ("available", "redeeming", "redeemed") else "unknown",
                "title": row.get("title") if isinstance(row.get("title"), str) else None,
                "description": row.get("description") if isinstance(row.get("description"), str) else None,
            }
        case _:
            return None
