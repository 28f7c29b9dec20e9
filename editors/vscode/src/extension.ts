/** What begins and ends with the extension, and the table of its commands. */

import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError } from 'vscode-languageclient/node';

import { Conversation, type Question } from './conversation';
import { explain } from './install';
import { menu } from './menu';
import { Pages } from './pages';
import type { Models, Status, Usage } from './protocol';
import { Server } from './server';
import { SignInView } from './signin';
import { StatusBar } from './statusbar';
import { MENU, modelsText, statusText, usageText } from './words';

type Run = (argument?: unknown) => Promise<unknown>;

interface Parts {
  server: Server;
  pages: Pages;
  log: vscode.LogOutputChannel;
}

let stop: (() => Promise<void>) | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Codex', { log: true });
  const bar = new StatusBar();
  const pages = new Pages();
  const server = new Server(context, log, bar);
  stop = () => server.stop();
  context.subscriptions.push(log, bar, pages, server);

  const known = new Map(Object.entries(table({ server, pages, log })));
  known.set(MENU, () => menu(server.status, new Set(known.keys())));
  const add = (ids: readonly string[]): void => {
    for (const id of ids.filter((each) => !known.has(each))) {
      known.set(id, passedOn(server, pages, id));
      context.subscriptions.push(vscode.commands.registerCommand(id, guarded(id, passedOn(server, pages, id))));
    }
  };
  for (const [id, run] of known) {
    context.subscriptions.push(vscode.commands.registerCommand(id, guarded(id, run)));
  }
  add(contributed(context));
  if (await server.start()) {
    add(server.commands()); // a server newer than this extension has more
  } else {
    void explain(server, pages, log);
  }
}

export async function deactivate(): Promise<void> {
  await stop?.();
}

function table({ server, pages, log }: Parts): Record<string, Run> {
  const signIn = new SignInView(server);
  const conversation = new Conversation(server, pages);
  const now = (): number => Date.now() / 1000;
  const page = async (title: string, text: Promise<string>): Promise<void> => {
    await pages.show(title, await text);
  };
  const status = async (): Promise<string> => statusText(await server.run<Status>('codex.status', []), now());
  const usage = async (): Promise<string> => usageText(await server.run<Usage>('codex.usage', []), now());
  const models = async (): Promise<string> => modelsText(await server.run<Models>('codex.models', []));
  return {
    'codex.signIn': (argument) => signIn.signIn(argument),
    'codex.completeSignIn': (argument) => signIn.complete(argument),
    'codex.status': () => page('Codex status', status()),
    'codex.usage': () => page('Codex usage', usage()),
    'codex.models': () => page('Codex models', models()),
    'codex.ask': (argument) => conversation.ask(argument as Question | undefined),
    'codex.applyAction': (argument) => applyAction(server, argument),
    'codex.explainCompletion': (argument) => explainCompletion(server, pages, argument),
    'codexClient.signInWithDeviceCode': () => signIn.signIn({ method: 'deviceCode' }),
    'codexClient.signInWithApiKey': () => signIn.withApiKey(),
    'codexClient.openPage': () => signIn.openPage(),
    'codexClient.copy': () => signIn.copy(),
    'codexClient.newConversation': () => conversation.begin(),
    'codexClient.explain': () => explain(server, pages, log),
    'codexClient.restart': () => server.restart(),
    'codexClient.showLog': () => {
      log.show();
      return Promise.resolve();
    },
  };
}

/** A command of the server's for which nothing is known here: what it answers is shown as it is. */
function passedOn(server: Server, pages: Pages, id: string): Run {
  return async (argument) => {
    const answer = await server.run<unknown>(id, argument === undefined ? [] : [argument]);
    const quiet = QUIET.has(id) || argument !== undefined;
    if (!quiet && typeof answer === 'object' && answer !== null && Object.keys(answer).length > 0) {
      await pages.show(id, json(answer));
    }
    return answer;
  };
}

/** Whose effect is to be seen elsewhere. */
const QUIET: ReadonlySet<string> = new Set(['codex.signOut', 'codex.cancelSignIn', 'codex.toggleCompletion']);

/** A code action that comes as a command; some want to be told in words what to do. */
async function applyAction(server: Server, argument: unknown): Promise<unknown> {
  const { asks, ...action } = (argument ?? {}) as { asks?: string; instruction?: string };
  if (asks === 'instruction' && action.instruction === undefined) {
    const instruction = await vscode.window.showInputBox({ title: 'Codex: Rewrite', prompt: 'What shall be done?' });
    if (instruction === undefined || instruction.trim() === '') {
      return undefined;
    }
    action.instruction = instruction.trim();
  }
  return server.run('codex.applyAction', [action]);
}

async function explainCompletion(server: Server, pages: Pages, argument: unknown): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const here = editor && { uri: editor.document.uri.toString(), position: editor.selection.active };
  const answer = await server.run('codex.explainCompletion', [argument ?? here ?? {}]);
  await pages.show('The last completion', json(answer));
}

function json(answer: unknown): string {
  return ['```json', JSON.stringify(answer, null, 2), '```', ''].join('\n');
}

/** `run`, its failure told once. */
function guarded(id: string, run: Run): Run {
  return async (argument) => {
    try {
      return await run(argument);
    } catch (error) {
      if (!(error instanceof vscode.CancellationError) && !told(id, error)) {
        void vscode.window.showErrorMessage(`Codex: ${error instanceof Error ? error.message : String(error)}`);
      }
      return undefined;
    }
  };
}

/** A cancelled request needs no word; a sign-in that fails the server has told of itself. */
function told(id: string, error: unknown): boolean {
  if (!(error instanceof ResponseError)) {
    return false;
  }
  const failed = error.code === LSPErrorCodes.RequestFailed;
  return error.code === LSPErrorCodes.RequestCancelled || (failed && /signin/i.test(id));
}

function contributed(context: vscode.ExtensionContext): string[] {
  const manifest = context.extension.packageJSON as { contributes: { commands: { command: string }[] } };
  return manifest.contributes.commands.map(({ command }) => command);
}
