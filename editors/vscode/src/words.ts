/** The server's answers as a person reads them: a line for the status bar, Markdown for everything else (pure). */

import type { Models, Status, Usage, Window, Windows } from './protocol';

/** What the status bar shows. */
export interface Face {
  text: string;
  tooltip: string;
  /** Whether something has to be done before there is ghost text. */
  warns: boolean;
  /** The command of a click. */
  command: string;
}

export const MENU = 'codexClient.menu';

/** The status bar item for `status`; tells `now` (Unix seconds) from a reset that is still to come. */
export function face(status: Status, now: number): Face {
  const tooltip = statusText(status, now);
  const name = status.sandbox ? 'Codex sandbox' : 'Codex';
  switch (status.state) {
    case 'signedOut':
      return { text: `$(sign-in) ${name}: Sign in`, tooltip, warns: true, command: 'codex.signIn' };
    case 'signingIn':
      return { text: `$(loading~spin) ${name}: Signing in…`, tooltip, warns: false, command: MENU };
    case 'failed':
      return { text: `$(warning) ${name}: Sign in again`, tooltip, warns: true, command: 'codex.signIn' };
    case 'signedIn':
    case 'external':
      return { ...atWork(name, status), tooltip, command: MENU };
  }
}

function atWork(name: string, status: Status): Pick<Face, 'text' | 'warns'> {
  const used = status.usage?.primary?.usedPercent;
  const percent = used === undefined ? '' : ` ${String(Math.round(used))}%`;
  if (status.completion.trigger === 'off') {
    return { text: `$(circle-slash) ${name}: Off`, warns: false };
  }
  return status.completion.paused
    ? { text: `$(debug-pause) ${name}: Paused${percent}`, warns: true }
    : { text: `$(sparkle) ${name}${percent}`, warns: false };
}

/** Who is signed in, what ghost text does and why not. */
export function statusText(status: Status, now: number): string {
  const rows = [
    ['Account', account(status)],
    ['Ghost text', ghostText(status)],
    ['Model', status.model],
    ['Speed', speed(status)],
    ...(status.usage === null ? [] : windowRows(status.usage, now)),
    ['Login kept in', status.state === 'signedOut' ? null : status.store],
    ['Profile', status.profile === 'default' ? null : status.profile],
    ['Server', `lsp-codex ${status.version}${status.sandbox ? ', the built-in sandbox' : ''}`],
  ];
  return table('Codex status', rows);
}

/** The plan's windows, with credits and the limits of single models. */
export function usageText(usage: Usage, now: number): string {
  const credits = usage.credits;
  const rows = [
    ['Plan', usage.planType],
    ...windowRows(usage, now),
    ['Credits', credits?.unlimited === true ? 'unlimited' : credits?.hasCredits === true ? credits.balance : null],
    ['A limit is reached', usage.reached?.replaceAll('_', ' ') ?? null],
    ...usage.others.flatMap((each) => {
      const name = each.name ?? each.limitId ?? 'Other';
      return windowRows(each, now).map(([window, used]) => [`${name}, ${window}`, used] as const);
    }),
  ] as const;
  return table('Usage of your plan', rows);
}

/** The models, the two that are taken unasked marked. */
export function modelsText(found: Models): string {
  const rows = found.models.map((model) => {
    const marks = [
      model.slug === found.default ? 'questions and actions' : '',
      model.slug === found.completion.model ? 'ghost text' : '',
    ].filter((mark) => mark !== '');
    const cells = [`\`${model.slug}\``, model.description, model.efforts.join(', '), marks.join(', ')];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return [
    '# Models of your account',
    '',
    '| model | | efforts | taken for |',
    '|---|---|---|---|',
    ...rows,
    '',
    'The settings `codex.completion.model` and `codex.model` choose another.',
    '',
  ].join('\n');
}

function account({ state, account: who }: Status): string {
  const words = {
    signedOut: 'not signed in',
    signingIn: 'signing in…',
    failed: 'sign in again',
    signedIn: 'signed in',
    external: 'signed in by another program',
  };
  if (who === null) {
    return words[state];
  }
  const name = who.type === 'apiKey' ? 'an API key' : (who.email ?? 'ChatGPT');
  const plan = who.planType === null ? '' : ` (${who.planType})`;
  return state === 'signedIn' ? `${name}${plan}` : `${name}${plan}: ${words[state]}`;
}

function ghostText({ completion }: Status): string {
  const why = completion.reason === null ? '' : `: ${completion.reason}`;
  return completion.paused ? `none${why}` : `${completion.trigger}${why}`;
}

function speed({ latency }: Status): string | null {
  return latency.firstTokenMs === null ? null : `first token after ${String(Math.round(latency.firstTokenMs))} ms`;
}

function windowRows(windows: Windows, now: number): (readonly [string, string])[] {
  return [windows.primary, windows.secondary]
    .filter((window): window is Window => window !== null)
    .map((window) => [windowName(window), used(window, now)] as const);
}

function windowName({ windowMinutes: minutes }: Window): string {
  if (minutes === null) {
    return 'Window';
  }
  if (minutes < 120) {
    return `${String(minutes)} minutes`;
  }
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${String(hours)} hours` : `${String(Math.round(hours / 24))} days`;
}

function used(window: Window, now: number): string {
  const filled = Math.round(Math.min(Math.max(window.usedPercent, 0), 100) / 10);
  const bar = '█'.repeat(filled) + '░'.repeat(10 - filled);
  const percent = `${bar} ${String(Math.round(window.usedPercent))} %`;
  if (window.resetsAt === null || window.resetsAt <= now) {
    return percent;
  }
  const sameDay = window.resetsAt - now < 20 * 3600;
  const when = new Date(window.resetsAt * 1000).toLocaleString(undefined, {
    ...(sameDay ? {} : { weekday: 'short', day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
  });
  return `${percent}, starts anew ${when}`;
}

function table(title: string, rows: readonly (readonly (string | null | undefined)[])[]): string {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const lines = shown.map(([name, value]) => `| ${cell(name ?? '')} | ${cell(value ?? '')} |`);
  return [`# ${title}`, '', '| | |', '|---|---|', ...lines, ''].join('\n');
}

/** Text of the server's in a cell: what would be Markdown there is shown as it is. */
function cell(text: string): string {
  const code = /^`[^`]*`$/.test(text);
  const escaped = code ? text : text.replace(/[\\*_[\]<>&]/g, (character) => `\\${character}`);
  return escaped.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
