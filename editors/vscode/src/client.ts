/** The connection to the server: vscode-languageclient with our settings, commands and messages. */

import * as vscode from 'vscode';
import type {
  DynamicFeature,
  Executable,
  LanguageClientOptions,
  ServerOptions,
  ShowMessageParams,
  StaticFeature,
} from 'vscode-languageclient/node';
import { CloseAction, ErrorAction, ExecuteCommandRequest, LanguageClient, RevealOutputChannelOn } from 'vscode-languageclient/node';

import type { Program } from './locate';
import { SECTION, settings } from './settings';

export interface Listener {
  onStatus: (status: unknown) => void;
  onSignInEnd: (end: unknown) => void;
  onMessage: (message: ShowMessageParams) => void;
}

/** A client for `program`, not started yet; `first` are the settings that it begins with. */
export function create(
  context: vscode.ExtensionContext,
  program: Program,
  first: Record<string, unknown>,
  log: vscode.LogOutputChannel,
  listener: Listener,
): LanguageClient {
  const executable: Executable = { ...program, options: { cwd: context.extensionUri.fsPath } };
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
    initializationOptions: { [SECTION]: { ...first, notifications: true } },
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    // Who owns the client starts another one.
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
    },
    middleware: {
      workspace: {
        configuration: ({ items }) => items.map(({ section }) => (section === SECTION ? settings(context) : null)),
      },
    },
  };
  const client = new CodexClient('codex', 'Codex', executable, options);
  client.onNotification('codex/didChangeStatus', listener.onStatus);
  client.onNotification('account/login/completed', listener.onSignInEnd);
  client.onNotification('window/showMessage', listener.onMessage);
  return client;
}

/**
 * Registers no VS Code command for the server's commands: ours are there from the first moment on, also while there is
 * no server, and the same command cannot be registered twice.
 */
class CodexClient extends LanguageClient {
  constructor(id: string, name: string, server: ServerOptions, options: LanguageClientOptions) {
    super(id, name, server, options);
    this.registerFeature(announced);
  }

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ('registrationType' in feature && feature.registrationType.method === ExecuteCommandRequest.method) {
      return;
    }
    super.registerFeature(feature);
  }
}

const announced: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.workspace = { ...capabilities.workspace, executeCommand: { dynamicRegistration: false } };
  },
  initialize() {
    // Nothing follows from what the server answers.
  },
  getState: () => ({ kind: 'static' }),
  clear() {
    // Nothing is kept.
  },
};
