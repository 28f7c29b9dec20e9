/** The item in the status bar: sign-in button, account and usage. */

import * as vscode from 'vscode';

import type { Status } from './protocol';
import { face, MENU } from './words';

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('codex', vscode.StatusBarAlignment.Right, 100);

  constructor() {
    this.item.name = 'Codex';
    this.starting();
    this.item.show();
  }

  starting(): void {
    this.draw('$(loading~spin) Codex', 'The Codex language server starts.', MENU, false);
  }

  /** The server cannot be found or does not run. */
  missing(why: string): void {
    this.draw('$(warning) Codex: No server', why, 'codexClient.explain', true);
  }

  show(status: Status): void {
    const { text, tooltip, command, warns } = face(status, Date.now() / 1000);
    this.draw(text, new vscode.MarkdownString(tooltip), command, warns);
  }

  dispose(): void {
    this.item.dispose();
  }

  private draw(text: string, tooltip: string | vscode.MarkdownString, command: string, warns: boolean): void {
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.command = command;
    this.item.backgroundColor = warns ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.item.accessibilityInformation = { label: text.replace(/\$\([^)]*\) ?/g, '') };
  }
}
