/** Markdown that nobody saves: documents of a scheme of our own, shown in VS Code's own preview. */

import * as vscode from 'vscode';

const SCHEME = 'codex-pages'; // the server has documents in `codex:`
const PREVIEW = 'vscode.markdown.preview.editor';
const REDRAW_MS = 200;

export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration: vscode.Disposable;
  private readonly redraws = new Map<string, NodeJS.Timeout>();

  readonly onDidChange = this.changed.event;

  constructor() {
    this.registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? '';
  }

  /** Sets the text of the page `title`; one that is open is drawn anew, at most five times a second. */
  write(title: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.md` });
    this.texts.set(uri.path, text);
    if (!this.redraws.has(uri.path)) {
      const redraw = setTimeout(() => {
        this.redraws.delete(uri.path);
        this.changed.fire(uri);
      }, REDRAW_MS);
      this.redraws.set(uri.path, redraw);
    }
    return uri;
  }

  /** Writes the page and shows it beside the editor, where the pages before it were shown; typing goes on there. */
  async show(title: string, text: string): Promise<void> {
    const uri = this.write(title, text);
    const options = { viewColumn: column(), preserveFocus: true, preview: true };
    try {
      await vscode.commands.executeCommand('vscode.openWith', uri, PREVIEW, options);
    } catch {
      // VS Code's Markdown extension can be switched off.
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), options);
    }
  }

  dispose(): void {
    for (const redraw of this.redraws.values()) {
      clearTimeout(redraw);
    }
    this.registration.dispose();
    this.changed.dispose();
  }
}

function column(): vscode.ViewColumn {
  const pages = vscode.window.tabGroups.all.find((group) => group.tabs.some(isPage));
  return pages?.viewColumn ?? vscode.ViewColumn.Beside;
}

function isPage({ input }: vscode.Tab): boolean {
  const shown = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
  return shown && input.uri.scheme === SCHEME;
}
