/** Where the server is looked for, and in which order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { locate, type Machine } from '../src/locate';

function machine(there: string[], more: Partial<Machine> = {}): Machine {
  return {
    env: { PATH: '/usr/bin:relative:/bin' },
    home: '/home/ada',
    platform: 'linux',
    isProgram: (file) => Promise.resolve(there.includes(file)),
    hasServer: () => Promise.resolve(false),
    ...more,
  };
}

const LOCAL = '/home/ada/.local/bin/lsp-codex';

const cases: [string, string, string[], string | undefined][] = [
  ['on the PATH first', '', ['/bin/lsp-codex', LOCAL], '/bin/lsp-codex'],
  ['else where uv and pipx put it', '', [LOCAL], LOCAL],
  ['never in a relative folder of the PATH', '', ['relative/lsp-codex'], undefined],
  ['the setting before all', '/opt/x/lsp-codex', ['/opt/x/lsp-codex', LOCAL], '/opt/x/lsp-codex'],
  ['the setting with ~', ' ~/x/codex ', ['/home/ada/x/codex'], '/home/ada/x/codex'],
  ['the setting with a name', 'codex-nightly', ['/usr/bin/codex-nightly'], '/usr/bin/codex-nightly'],
  ['a wrong setting and nothing else', '/opt/x/lsp-codex', [LOCAL], undefined],
  ['no relative path in the setting', './lsp-codex', ['./lsp-codex'], undefined],
];

for (const [name, setting, there, command] of cases) {
  test(name, async () => {
    const found = await locate(setting, machine(there));
    assert.deepEqual('command' in found ? found.command : undefined, command);
    if ('why' in found) {
      assert.ok(found.why.includes(setting.trim() || 'was not found'));
    }
  });
}

test('a folder that is named for tools counts', async () => {
  const env = { PATH: '', UV_TOOL_BIN_DIR: '/tools' };
  assert.deepEqual(await locate('', machine(['/tools/lsp-codex'], { env })), { command: '/tools/lsp-codex', args: [] });
});

test('last of all a Python that has the package, and never one that takes it from the open folder', async () => {
  const asked: string[] = [];
  const found = await locate(
    '',
    machine(['/usr/bin/python3', '/bin/python'], {
      hasServer: (python) => {
        asked.push(python);
        return Promise.resolve(python === '/bin/python');
      },
    }),
  );
  assert.deepEqual(asked, ['/usr/bin/python3', '/bin/python']);
  assert.deepEqual(found, { command: '/bin/python', args: ['-P', '-m', 'lsp_codex'] });
});
