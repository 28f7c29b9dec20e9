/** Signing in: what is shown while an attempt runs, and the ways that need a word from the user. */

import * as vscode from 'vscode';
import { MessageType } from 'vscode-languageclient/node';

import type { SignIn } from './protocol';
import type { Server } from './server';

export class SignInView {
  private open: string | undefined;

  constructor(private readonly server: Server) {
    // The address and the code stand in our own notification, which goes when the attempt ends.
    server.swallow = ({ type, message }) =>
      this.open !== undefined && type === MessageType.Info && /https?:\/\//.test(message);
  }

  /** `codex.signIn`: in the browser, or with a code to be entered in one anywhere. */
  async signIn(argument: unknown): Promise<void> {
    const args = argument === undefined ? [] : [argument];
    if (this.open !== undefined) {
      // The same attempt once more: the server opens the browser again.
      await this.server.run<SignIn>('codex.signIn', args);
      return;
    }
    this.open = 'starting';
    try {
      const attempt = await this.server.run<SignIn>('codex.signIn', args);
      if (attempt.loginId !== null) {
        await this.show(attempt, attempt.loginId);
      }
    } finally {
      this.open = undefined;
    }
  }

  /** `codex.signIn` with an API key, which is asked for and goes to the server alone. */
  async withApiKey(): Promise<void> {
    const apiKey = await vscode.window.showInputBox({
      title: 'Codex: Sign in with an API key',
      prompt: 'Each request is billed to the key, not to a plan.',
      password: true,
      ignoreFocusOut: true,
    });
    if (apiKey !== undefined && apiKey.trim() !== '') {
      await this.server.run<SignIn>('codex.signIn', [{ method: 'apiKey', apiKey }]);
    }
  }

  /** `codex.completeSignIn`: for a browser that cannot reach this machine. */
  async complete(argument: unknown): Promise<void> {
    if (argument !== undefined) {
      await this.server.run('codex.completeSignIn', [argument]);
      return;
    }
    const callbackUrl = await vscode.window.showInputBox({
      title: 'Codex: Finish the sign-in',
      prompt: 'Paste the address that the browser ended on. The page there may be an error.',
      placeHolder: 'http://localhost:1455/auth/callback?code=…',
      ignoreFocusOut: true,
    });
    if (callbackUrl !== undefined && callbackUrl.trim() !== '') {
      await this.server.run('codex.completeSignIn', [{ callbackUrl: callbackUrl.trim() }]);
    }
  }

  /** The links of the notification: text for the clipboard, an address for the browser. */
  async copyAndOpen(argument: unknown): Promise<void> {
    const { copy, open } = argument as { copy?: string; open?: string };
    if (copy !== undefined) {
      await vscode.env.clipboard.writeText(copy);
    }
    if (open !== undefined) {
      await vscode.env.openExternal(vscode.Uri.parse(open));
    }
  }

  private async show(attempt: SignIn, loginId: string): Promise<void> {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Codex', cancellable: true },
      async (progress, token) => {
        progress.report({ message: message(attempt) });
        await this.end(loginId, token);
      },
    );
  }

  private async end(loginId: string, token: vscode.CancellationToken): Promise<void> {
    const subscriptions: vscode.Disposable[] = [];
    await new Promise<void>((resolve) => {
      subscriptions.push(
        this.server.onSignInEnd((end) => {
          if (end === 'stopped' || end.loginId === loginId) {
            resolve();
          }
        }),
        token.onCancellationRequested(() => {
          this.server.run('codex.cancelSignIn', [{ loginId }]).then(() => {
            resolve();
          }, resolve);
        }),
      );
    });
    for (const each of subscriptions) {
      each.dispose();
    }
  }
}

function message({ authUrl, verificationUrl, userCode }: SignIn): string {
  if (userCode !== undefined && verificationUrl !== undefined) {
    const both = link('codexClient.copyAndOpen', { copy: userCode, open: verificationUrl });
    return (
      `enter the code ${userCode} at ${verificationUrl}. Only if you started this yourself; give it to nobody. ` +
      `[Copy the code and open the page](${both})`
    );
  }
  const links = [
    `[Open it again](${link('codexClient.copyAndOpen', { open: authUrl })})`,
    `[Copy the address](${link('codexClient.copyAndOpen', { copy: authUrl })})`,
    `[Paste the address it ended on](${link('codex.completeSignIn')})`,
    `[Use a code instead](${link('codexClient.signInWithDeviceCode')})`,
  ];
  return `finish signing in in your browser. ${links.join(' · ')}`;
}

function link(id: string, argument?: object): string {
  return argument === undefined ? `command:${id}` : `command:${id}?${encodeURIComponent(JSON.stringify([argument]))}`;
}
