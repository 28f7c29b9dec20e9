/** Questions and answers, in one Markdown page that grows. */

import * as vscode from 'vscode';

import type { Pages } from './pages';
import type { Answer } from './protocol';
import type { Server } from './server';

const PAGE = 'Codex';

/** The argument of `codex.ask`. */
export interface Question {
  /** Without one the place is explained. */
  prompt?: string;
  uri?: string;
  range?: { start: { line: number }; end: { line: number } };
  threadId?: string;
}

export class Conversation {
  private text = '';
  private threadId: string | undefined;
  private count = 0;
  private answering = false;

  constructor(
    private readonly server: Server,
    private readonly pages: Pages,
  ) {}

  /** `codex.ask`: shows the answer as it comes; without a question asks for one, with the selection as its subject. */
  async ask(question?: Question): Promise<void> {
    if (this.busy()) {
      return;
    }
    if (question !== undefined) {
      await this.stream(question);
      return;
    }
    const editor = vscode.window.activeTextEditor;
    const selection = editor !== undefined && !editor.selection.isEmpty ? editor.selection : undefined;
    const prompt = await vscode.window.showInputBox({
      title: this.threadId === undefined ? 'Ask Codex' : 'Ask Codex, in the same conversation',
      prompt: selection === undefined ? 'A question' : 'A question about the selection',
      ignoreFocusOut: true,
    });
    if (prompt === undefined || prompt.trim() === '') {
      return;
    }
    const asked = {
      prompt: prompt.trim(),
      ...(this.threadId === undefined ? {} : { threadId: this.threadId }),
      ...(editor === undefined ? {} : { uri: editor.document.uri.toString() }),
      ...(selection === undefined ? {} : { range: { start: selection.start, end: selection.end } }),
    };
    await this.stream(asked);
  }

  /** Forgets the conversation and asks for the first question of another. */
  async begin(): Promise<void> {
    if (this.busy()) {
      return;
    }
    this.text = '';
    this.threadId = undefined;
    this.pages.write(PAGE, '');
    await this.ask();
  }

  /** Whether an answer is coming, which the user is then told: two would write over each other on the one page. */
  private busy(): boolean {
    if (this.answering) {
      void vscode.window.showWarningMessage('Codex still answers the question before; wait for it, or cancel it.');
    }
    return this.answering;
  }

  private async stream(asked: Question): Promise<void> {
    if (this.busy()) {
      return;
    }
    this.answering = true;
    const before = `${this.text}${this.text === '' ? '' : '\n\n---\n\n'}${quoted(heading(asked))}\n\n`;
    let answer = '';
    let stop: vscode.CancellationToken | undefined;
    const token = `codex-ask-${String((this.count += 1))}`; // ours alone: it is the server's while it answers
    const progress = this.server.onProgress(token, (value) => {
      answer += piece(value);
      this.pages.write(PAGE, before + answer);
    });
    try {
      await this.pages.show(PAGE, `${before}…`);
      const { text, threadId } = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: 'Codex answers', cancellable: true },
        (_, cancelled) => {
          stop = cancelled;
          return this.server.run<Answer>('codex.ask', [asked], cancelled, token);
        },
      );
      this.threadId = threadId;
      answer = text;
    } catch (error) {
      const stopped = stop?.isCancellationRequested === true;
      answer += `\n\n*${stopped ? 'Stopped.' : 'No answer.'}*`;
      if (!stopped) {
        throw error;
      }
    } finally {
      this.answering = false;
      progress.dispose();
      this.text = before + answer;
      this.pages.write(PAGE, this.text);
    }
  }
}

function heading({ prompt, uri, range }: Question): string {
  if (prompt !== undefined || uri === undefined) {
    return prompt ?? '';
  }
  const name = vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
  const lines = range === undefined ? '' : `:${String(range.start.line + 1)}`;
  return `Explain \`${name}${lines}\``;
}

function quoted(prompt: string): string {
  return prompt
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}

/** The text that a progress value brings, beside what LSP knows of a report. */
function piece(value: unknown): string {
  const text = (value as { text?: unknown } | null)?.text;
  return typeof text === 'string' ? text : '';
}
