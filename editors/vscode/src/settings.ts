/** The settings that somebody has set, as the server takes them. */

import * as vscode from 'vscode';

export const SECTION = 'codex';

/**
 * The section `codex` without the values that are only this manifest's defaults: what the editor sends wins over the
 * environment, so a default that nobody chose would put `LSP_CODEX_HOME` and its kind out of force.
 */
export function settings(context: vscode.ExtensionContext): Record<string, unknown> {
  const section = vscode.workspace.getConfiguration(SECTION);
  const chosen: Record<string, unknown> = {};
  for (const key of keys(context)) {
    const found = section.inspect(key);
    const places = [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue];
    if (places.some((value) => value !== undefined)) {
      chosen[key] = section.get(key);
    }
  }
  return chosen;
}

/** The setting that is ours: which program the server is. */
export function serverPath(): string {
  return vscode.workspace.getConfiguration(SECTION).get('server.path', '');
}

interface Manifest {
  contributes: { configuration: { properties: Record<string, unknown> }[] };
}

function keys(context: vscode.ExtensionContext): string[] {
  const manifest = context.extension.packageJSON as Manifest;
  const all = manifest.contributes.configuration.flatMap((part) => Object.keys(part.properties));
  return all.map((key) => key.slice(SECTION.length + 1)).filter((key) => !key.startsWith('server.'));
}
