/** The one server of this window: found, started, asked, started anew; and what it last told of itself. */

import * as vscode from 'vscode';
import type { LanguageClient, ShowMessageParams } from 'vscode-languageclient/node';
import { ExecuteCommandRequest, MessageType, ProgressType, State } from 'vscode-languageclient/node';

import { create } from './client';
import { locate, thisMachine } from './locate';
import type { SignInEnd, Status } from './protocol';
import { SECTION, serverPath, settings } from './settings';
import type { StatusBar } from './statusbar';

const RESTARTS = 3;
const RESTARTS_WITHIN_MS = 180_000;

export class Server implements vscode.Disposable {
  /** The last `codex/didChangeStatus`. */
  status: Status | undefined;
  /** Why there is no server, as long as there is none. */
  why: string | undefined;

  private client: LanguageClient | undefined;
  private running: Promise<void> | undefined;
  private first: Record<string, unknown> = {};
  private ends: number[] = [];
  private readonly ended = new vscode.EventEmitter<SignInEnd | 'stopped'>();
  private readonly subscriptions: vscode.Disposable[] = [];

  /** How a sign-in ended, or that the server did. */
  readonly onSignInEnd = this.ended.event;
  /** Takes a message of the server's that is shown somewhere else already; answers whether it did. */
  swallow: (message: ShowMessageParams) => boolean = () => false;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly bar: StatusBar,
  ) {
    this.subscriptions.push(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${SECTION}.server`)) {
          void this.restart().then((running) => {
            if (!running) {
              void vscode.commands.executeCommand('codexClient.explain');
            }
          });
        } else if (change.affectsConfiguration(SECTION)) {
          void this.configure();
        }
      }),
    );
  }

  /** Starts the server unless it runs; whether it runs now. */
  async start(): Promise<boolean> {
    this.running ??= this.open();
    await this.running;
    return this.client?.isRunning() === true;
  }

  async restart(): Promise<boolean> {
    await this.stop();
    return this.start();
  }

  async stop(): Promise<void> {
    await this.running;
    this.running = undefined;
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.log.info(`The server was gone already: ${String(error)}`);
    }
  }

  /**
   * Runs a command of the server's. Rejects with its error, whose message a person can act on, and with
   * `CancellationError` when there is no server.
   */
  async run<T>(command: string, args: readonly unknown[], token?: vscode.CancellationToken, progress?: string): Promise<T> {
    if (!(await this.start()) || this.client === undefined) {
      await vscode.commands.executeCommand('codexClient.explain');
      throw new vscode.CancellationError();
    }
    const params = {
      command,
      ...(args.length === 0 ? {} : { arguments: [...args] }),
      ...(progress === undefined ? {} : { workDoneToken: progress }),
    };
    return (await this.client.sendRequest(ExecuteCommandRequest.type, params, token)) as T;
  }

  /** Hears what comes as `$/progress` with `token`. */
  onProgress(token: string, heard: (value: unknown) => void): vscode.Disposable {
    return this.client?.onProgress(new ProgressType<unknown>(), token, heard) ?? vscode.Disposable.from();
  }

  /** The server's commands, once it runs. */
  commands(): readonly string[] {
    return this.client?.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  }

  dispose(): void {
    for (const each of this.subscriptions) {
      each.dispose();
    }
    this.ended.dispose();
  }

  private async configure(): Promise<void> {
    const now = settings(this.context);
    if (Object.keys(this.first).some((key) => !(key in now))) {
      // What a server was started with it falls back to: only a new one forgets it.
      await this.restart();
    } else if (this.client?.isRunning() === true) {
      await this.client.sendNotification('workspace/didChangeConfiguration', { settings: { [SECTION]: now } });
    }
  }

  private async open(): Promise<void> {
    this.status = undefined;
    this.why = undefined;
    this.bar.starting();
    const found = await locate(serverPath(), thisMachine());
    if ('why' in found) {
      this.fail(found.why);
      return;
    }
    this.log.info(`Starting ${[found.command, ...found.args].join(' ')}`);
    this.first = settings(this.context);
    const client = create(this.context, found, this.first, this.log, {
      onStatus: (status) => {
        this.status = status as Status;
        this.bar.show(this.status);
      },
      onSignInEnd: (end) => {
        this.ended.fire(end as SignInEnd);
      },
      onMessage: (message) => {
        if (!this.swallow(message)) {
          tell(message);
        }
      },
    });
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && this.client === client) {
        this.ended.fire('stopped');
        this.fail('The Codex language server has ended. The log says more.');
        if (this.mayRestart(Date.now())) {
          void this.restart();
        }
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.log.error(String(error));
      this.fail(`The Codex language server could not be started (${found.command}). The log says more.`);
    }
  }

  /** A server that ends by itself is started anew, but not for ever. */
  private mayRestart(now: number): boolean {
    this.ends = [...this.ends.filter((end) => now - end < RESTARTS_WITHIN_MS), now];
    return this.ends.length <= RESTARTS;
  }

  private fail(why: string): void {
    this.status = undefined;
    this.why = why;
    this.bar.missing(why);
    this.running = undefined;
  }
}

/** A message of the server's; an address in it can be opened and copied. */
function tell({ type, message }: ShowMessageParams): void {
  const show = {
    [MessageType.Error]: vscode.window.showErrorMessage,
    [MessageType.Warning]: vscode.window.showWarningMessage,
  }[type as number] ?? vscode.window.showInformationMessage;
  const address = /https?:\/\/[^\s)]+/.exec(message)?.[0];
  if (address === undefined) {
    void show(message);
    return;
  }
  void offer(show(message, 'Open', 'Copy address'), address);
}

async function offer(choice: Thenable<string | undefined>, address: string): Promise<void> {
  const chosen = await choice;
  if (chosen === 'Open') {
    await vscode.env.openExternal(vscode.Uri.parse(address));
  } else if (chosen !== undefined) {
    await vscode.env.clipboard.writeText(address);
  }
}
