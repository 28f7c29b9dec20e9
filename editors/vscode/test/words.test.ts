/** How the server's answers read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Status } from '../src/protocol';
import { face, modelsText, statusText, usageText } from '../src/words';

const NOW = 1_700_000_000;

const SIGNED_IN: Status = {
  state: 'signedIn',
  account: { type: 'chatgpt', email: 'ada@example.org', planType: 'plus' },
  profile: 'default',
  store: 'keyring',
  model: 'gpt-x',
  completion: { trigger: 'automatic', paused: false, reason: null },
  usage: {
    planType: 'plus',
    primary: { usedPercent: 12.6, windowMinutes: 300, resetsAt: NOW + 3600 },
    secondary: null,
  },
  latency: { firstTokenMs: 312.4, totalMs: 500 },
  sandbox: false,
  version: '0.1.0',
};

const paused = { trigger: 'automatic', paused: true, reason: 'the limit is reached' };
const faces: [string, Partial<Status>, string, boolean, string][] = [
  ['at work', {}, '$(sparkle) Codex 13%', false, 'codexClient.menu'],
  ['usage unknown', { usage: null }, '$(sparkle) Codex', false, 'codexClient.menu'],
  ['signed out', { state: 'signedOut', account: null }, '$(sign-in) Codex: Sign in', true, 'codex.signIn'],
  ['signing in', { state: 'signingIn' }, '$(loading~spin) Codex: Signing in…', false, 'codexClient.menu'],
  ['failed', { state: 'failed' }, '$(warning) Codex: Sign in again', true, 'codex.signIn'],
  ['paused', { completion: paused }, '$(debug-pause) Codex: Paused 13%', true, 'codexClient.menu'],
  ['sandbox', { sandbox: true }, '$(sparkle) Codex sandbox 13%', false, 'codexClient.menu'],
  ['external', { state: 'external', usage: null }, '$(sparkle) Codex', false, 'codexClient.menu'],
  [
    'off',
    { completion: { trigger: 'off', paused: true, reason: 'switched off' } },
    '$(circle-slash) Codex: Off',
    false,
    'codexClient.menu',
  ],
];

for (const [name, change, text, warns, command] of faces) {
  test(`the status bar when ${name}`, () => {
    const shown = face({ ...SIGNED_IN, ...change }, NOW);
    assert.deepEqual({ ...shown, tooltip: '' }, { text, warns, command, tooltip: '' });
  });
}

test('the status has a row for what is known, and none for what is not', () => {
  const text = statusText(SIGNED_IN, NOW);
  assert.match(text, /\| Account \| ada@example\.org \(plus\) \|/);
  assert.match(text, /\| Ghost text \| automatic \|/);
  assert.match(text, /\| 5 hours \| █░░░░░░░░░ 13 %, starts anew /);
  assert.match(text, /first token after 312 ms/);
  assert.doesNotMatch(text, /Profile/);
  const out = statusText({ ...SIGNED_IN, state: 'signedOut', account: null, model: null, usage: null }, NOW);
  assert.match(out, /\| Account \| not signed in \|/);
  assert.doesNotMatch(out, /Model|hours|Login/);
});

test('what the server says cannot become Markdown', () => {
  const reason = 'a | b\n<img src=x> [link](command:x) **';
  const text = statusText({ ...SIGNED_IN, completion: { trigger: 'manual', paused: true, reason } }, NOW);
  assert.match(text, /none: a \\\| b \\<img src=x\\> \\\[link\\\]\(command:x\) \\\*\\\*/);
});

test('a reset that is past is not shown, and a window outside of 0 to 100 breaks no bar', () => {
  const windows = {
    primary: { usedPercent: 130, windowMinutes: 45, resetsAt: NOW - 1 },
    secondary: { usedPercent: -5, windowMinutes: 10_080, resetsAt: null },
  };
  const text = usageText({ ...windows, planType: null, credits: null, reached: 'rate_limit', others: [] }, NOW);
  assert.match(text, /\| 45 minutes \| ██████████ 130 % \|/);
  assert.match(text, /\| 7 days \| ░░░░░░░░░░ -5 % \|/);
  assert.match(text, /\| A limit is reached \| rate limit \|/);
});

test('the models say which is taken for what', () => {
  const model = { name: 'X', description: 'fast', efforts: ['low', 'high'], contextWindow: null };
  const text = modelsText({
    models: [
      { ...model, slug: 'x' },
      { ...model, slug: 'y' },
    ],
    default: 'x',
    completion: { model: 'y', reasoningEffort: 'low' },
  });
  assert.match(text, /\| `x` \| fast \| low, high \| questions and actions \|/);
  assert.match(text, /\| `y` \| fast \| low, high \| ghost text \|/);
});
