/** Signing in: what is shown while an attempt runs, and the ways that need a word from the user. */

import * as vscode from 'vscode';
import { MessageType } from 'vscode-languageclient/node';

import type { SignIn } from './protocol';
import type { Server } from './server';

export class SignInView {
  /** Calls that have not ended: while there are any, a notification of ours shows the address. */
  private running = 0;
  private attempt: SignIn | undefined;

  constructor(private readonly server: Server) {
    // The address and the code stand in our own notification, which goes when the attempt ends.
    server.swallow = ({ type, message }) =>
      this.running > 0 && type === MessageType.Info && /https?:\/\//.test(message);
  }

  /** `codex.signIn`: in the browser, or with a code to be entered in one anywhere. */
  async signIn(argument: unknown): Promise<void> {
    this.running += 1;
    try {
      const attempt = await this.server.run<SignIn>('codex.signIn', argument === undefined ? [] : [argument]);
      // The attempt that runs already, once more: the server has opened the browser again.
      if (attempt.loginId !== null && attempt.loginId !== this.attempt?.loginId) {
        this.attempt = attempt;
        await this.show(attempt, attempt.loginId);
      }
    } finally {
      this.running -= 1;
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

  /** A link of the notification: the address, or the code, of the attempt that runs. */
  async copy(): Promise<void> {
    const { userCode, authUrl } = this.attempt ?? {};
    await vscode.env.clipboard.writeText(userCode ?? authUrl ?? '');
  }

  /** The other link: its page in the browser. */
  async openPage(): Promise<void> {
    const address = this.attempt?.verificationUrl ?? this.attempt?.authUrl;
    if (address !== undefined) {
      await vscode.env.openExternal(vscode.Uri.parse(address));
    }
  }

  private async show(attempt: SignIn, loginId: string): Promise<void> {
    const ended = this.end(loginId); // it may end before the notification is on the screen
    const where = { location: vscode.ProgressLocation.Notification, title: 'Codex', cancellable: true };
    await vscode.window.withProgress(where, async (progress, token) => {
      progress.report({ message: message(attempt) });
      const cancel = token.onCancellationRequested(() => {
        void this.server.run('codex.cancelSignIn', [{ loginId }]);
      });
      await ended;
      cancel.dispose();
    });
  }

  private async end(loginId: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const subscription = this.server.onSignInEnd((end) => {
        if (end === 'stopped' || end.loginId === loginId) {
          subscription.dispose();
          resolve();
        }
      });
    });
    if (this.attempt?.loginId === loginId) {
      this.attempt = undefined;
    }
  }
}

/** What is shown; VS Code cuts it off at 1,000 characters, which is less than an address and its links have. */
function message({ verificationUrl, userCode }: SignIn): string {
  if (userCode !== undefined && verificationUrl !== undefined) {
    const links = ['[Open the page](command:codexClient.openPage)', '[Copy the code](command:codexClient.copy)'];
    const warning = 'Only if you started this yourself just now; give it to nobody.';
    return `enter the code ${userCode} at ${verificationUrl}. ${warning} ${links.join(' · ')}`;
  }
  const links = [
    '[Open it again](command:codexClient.openPage)',
    '[Copy the address](command:codexClient.copy)',
    '[Paste the address it ended on](command:codex.completeSignIn)',
    '[Use a code instead](command:codexClient.signInWithDeviceCode)',
  ];
  return `finish signing in in your browser. ${links.join(' · ')}`;
}
