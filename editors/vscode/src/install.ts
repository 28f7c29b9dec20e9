/** What a user without a server is told: how to install it, and where it is looked for. */

import * as vscode from 'vscode';

import type { Pages } from './pages';
import type { Server } from './server';

/** Says why there is no server and offers what can be done about it. */
export async function explain(server: Server, pages: Pages, log: vscode.LogOutputChannel): Promise<void> {
  const why = server.why ?? 'The Codex language server does not run.';
  const choices: Record<string, () => unknown> = {
    'How to install': () => pages.show('Install the Codex language server', INSTALL),
    'Set the path': () => vscode.commands.executeCommand('workbench.action.openSettings', 'codex.server.path'),
    'Try again': () => server.restart(),
    'Show log': () => {
      log.show();
    },
  };
  const chosen = await vscode.window.showErrorMessage(why, ...Object.keys(choices));
  if (chosen !== undefined) {
    await choices[chosen]?.();
  }
}

const INSTALL = `# Install the Codex language server

It is a Python program (3.11 or later). In a terminal:

\`\`\`sh
git clone <this repository> ~/lsp-codex
uv tool install ~/lsp-codex        # or: pipx install ~/lsp-codex
\`\`\`

Then run the command **Codex: Restart the server**.

It is looked for in this order:

1. the setting \`codex.server.path\`, if you have set it,
2. \`lsp-codex\` on the \`PATH\` that VS Code was started with,
3. the folders in which uv and pipx put tools (\`~/.local/bin\`),
4. \`python3 -m lsp_codex\`.

With a remote window (SSH, WSL, a container) it has to be on the remote machine.
`;
