/** What a click on the status bar item offers, by the state. */

import * as vscode from 'vscode';

import type { Status } from './protocol';

interface Entry extends vscode.QuickPickItem {
  id: string;
}

/** Shows the menu and runs what is chosen. */
export async function menu(status: Status | undefined, known: ReadonlySet<string>): Promise<void> {
  const entries = wanted(status).filter(({ id }) => known.has(id));
  const chosen = await vscode.window.showQuickPick(entries, { title: 'Codex' });
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen.id);
  }
}

function wanted(status: Status | undefined): Entry[] {
  const always = [
    entry('codexClient.restart', '$(debug-restart) Restart the server'),
    entry('codexClient.showLog', '$(output) Show the log'),
  ];
  switch (status?.state) {
    case undefined:
      return always;
    case 'signingIn':
      return [
        entry('codex.completeSignIn', '$(link) Paste the address that the browser ended on'),
        entry('codexClient.signInWithDeviceCode', '$(key) Use a code instead'),
        entry('codex.signIn', '$(link-external) Open the browser again'),
        entry('codex.cancelSignIn', '$(close) Cancel the sign-in'),
        ...always,
      ];
    case 'signedOut':
    case 'failed':
      return [
        entry('codex.signIn', '$(sign-in) Sign in'),
        entry('codexClient.signInWithDeviceCode', '$(key) Sign in with a code'),
        entry('codexClient.signInWithApiKey', '$(key) Sign in with an API key'),
        ...always,
      ];
    case 'signedIn':
    case 'external':
      return [
        entry('codex.ask', '$(comment-discussion) Ask a question'),
        entry('codex.toggleCompletion', '$(eye) Switch ghost text on or off'),
        entry('codex.status', '$(info) Status'),
        entry('codex.usage', '$(graph) Usage of your plan'),
        entry('codex.models', '$(symbol-misc) Models'),
        entry('codex.signOut', '$(sign-out) Sign out'),
        ...always,
      ];
  }
}

function entry(id: string, label: string): Entry {
  return { id, label };
}
