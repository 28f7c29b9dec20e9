"""A wrong clock and a long sleep cost at most one refresh (field-notes pain 25)."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from lsp_codex.auth.manager import AuthManager
from lsp_codex.auth.oauth import Issuer
from lsp_codex.auth.store import MemoryStore
from lsp_codex.auth.tokens import Provenance, TokenAnswer, expiry, new_login
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.exchange import Seen, seen
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.secret import Secret
from tests.auth.issuer import ADDRESS
from tests.harness.accounts import jwt

HOUR = 3_600.0
NOW = 1_795_000_000.0


class Skewed:
    """A service whose clock is right, and a manager on a machine whose clock is ``skew`` seconds ahead."""

    def __init__(self, skew: float, life: float) -> None:
        self.skew = skew
        self.slept = 0.0
        self._begin = asyncio.get_running_loop().time()
        self.codex = SandboxCodex(now=self.there, access_token_life=life)
        client = httpx2.AsyncClient(transport=SandboxTransport(self.codex))
        given = self.codex.sign_in_demo()
        answer = TokenAnswer(*(Secret(given[name]) for name in ("id_token", "access_token", "refresh_token")))
        self.store = MemoryStore(new_login(answer, Provenance(ADDRESS), "owner", self.here()))
        self.manager = AuthManager(self.store, Issuer(ADDRESS, lambda: client), now=self.here)

    def there(self) -> float:
        """The time."""
        return NOW + asyncio.get_running_loop().time() - self._begin + self.slept

    def here(self) -> float:
        """What this machine takes for it."""
        return self.there() + self.skew

    @property
    def refreshes(self) -> int:
        """How often the service was asked for tokens."""
        return sum(request.path == "/oauth/token" for request in self.codex.requests)

    async def work(self, seconds: float) -> None:
        """A request every ten seconds, each answered with 401 and renewed if the service thinks the token is old."""
        for _ in range(int(seconds // 10)):
            credential = await self.manager.credential()
            if self.codex.backend.unauthorised(self._request(credential.token.reveal())) is not None:
                credential = await self.manager.renew(credential)
                assert self.codex.backend.unauthorised(self._request(credential.token.reveal())) is None
            await asyncio.sleep(10)

    def _request(self, token: str) -> Seen:
        headers = {"authorization": f"Bearer {token}", "chatgpt-account-id": self.codex.person.account_id}
        return seen("GET", "/backend-api/codex/models", headers, b"")


@pytest.mark.parametrize("skew", [-HOUR, 0.0, HOUR])
@pytest.mark.parametrize("life", [1_800.0, HOUR, 864_000.0], ids=["half an hour", "an hour", "ten days"])
async def test_a_clock_that_is_an_hour_off_makes_no_loop(skew: float, life: float) -> None:
    """Over a token's life there is one refresh at its end, none before, and no request fails."""
    it = Skewed(skew, life)
    await it.manager.load()
    await it.work(min(life, HOUR) - 400)
    assert it.refreshes == 0
    if life <= HOUR:
        await it.work(800)
        assert it.refreshes == 1
    await it.manager.aclose()


@pytest.mark.parametrize("skew", [-HOUR, 0.0, HOUR])
async def test_waking_after_twelve_hours_refreshes_once(skew: float) -> None:
    """However many ask at that moment, and nobody asks again afterwards."""
    it = Skewed(skew, HOUR)
    await it.manager.load()
    await it.work(100)
    it.slept += 12 * HOUR
    await asyncio.gather(*(it.manager.credential() for _ in range(20)))
    await it.work(1_000)
    assert it.refreshes == 1
    await it.manager.aclose()


async def test_a_clock_that_is_set_right_meanwhile_costs_one_refresh() -> None:
    """The machine wakes with the wrong time, signs in, and then asks a time server."""
    it = Skewed(HOUR, HOUR)
    await it.manager.load()
    it.skew = 0.0
    await it.work(600)
    assert it.refreshes <= 1
    await it.manager.aclose()


@pytest.mark.parametrize(
    ("claims", "received", "expected"),
    [
        ({"exp": 2_000, "iat": 1_000}, None, 2_000),
        ({"exp": 2_000, "iat": 1_000}, 1_030.0, 2_000),
        ({"exp": 2_000, "iat": 1_000}, 4_600.0, 5_600),
        ({"exp": 20_000, "iat": 10_000}, 6_400.0, 16_400),
        ({"exp": 2_000, "iat": 1_000}, 1_000_000.0, 2_000),
        ({"exp": 2_000}, 4_600.0, 2_000),
        ({"exp": 2_000, "iat": True}, 4_600.0, 2_000),
        ({"exp": 2_000, "iat": "x"}, 4_600.0, 2_000),
        ({"iat": 1_000}, 4_600.0, None),
    ],
)
def test_the_end_of_a_token_by_the_clock_of_this_machine(
    claims: dict[str, object], received: float | None, expected: float | None
) -> None:
    """Small differences and impossible ones are not taken for a wrong clock."""
    assert expiry(Secret(jwt(claims)), received) == expected
