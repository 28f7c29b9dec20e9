/** Where the server is: the program of the setting, on the PATH, where pipx and uv put it, or a Python that has it. */

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { execFile } from 'node:child_process';

export interface Program {
  command: string;
  args: string[];
}

export interface Missing {
  /** One sentence for the user: what was looked for. */
  why: string;
}

export interface Machine {
  env: NodeJS.ProcessEnv;
  home: string;
  platform: NodeJS.Platform;
  /** Whether there is a program at this absolute path. */
  isProgram: (file: string) => Promise<boolean>;
  /** Whether this Python can run the server. */
  hasServer: (python: string) => Promise<boolean>;
}

/** This machine as it is. */
export function thisMachine(): Machine {
  return { env: process.env, home: homedir(), platform: process.platform, isProgram, hasServer };
}

/** The first place that has the server. A setting that leads nowhere is an error and not a reason to look further. */
export async function locate(configured: string, machine: Machine): Promise<Program | Missing> {
  const wanted = configured.trim();
  if (wanted !== '') {
    return named(wanted, machine);
  }
  for (const folder of [...pathFolders(machine), ...toolFolders(machine)]) {
    const command = path.join(folder, program('lsp-codex', machine));
    if (await machine.isProgram(command)) {
      return { command, args: [] };
    }
  }
  for (const name of ['python3', 'python']) {
    const python = await onPath(name, machine);
    if (python !== undefined && (await machine.hasServer(python))) {
      return { command: python, args: [...ISOLATED, '-m', 'lsp_codex'] };
    }
  }
  return {
    why: 'The Codex language server was not found: there is no lsp-codex on the PATH, where pipx and uv put tools, or in Python.',
  };
}

// Without it Python runs what lies in the folder it is started in, which may be somebody else's project.
const ISOLATED = ['-P'];

async function named(wanted: string, machine: Machine): Promise<Program | Missing> {
  const expanded = /^~(?=$|[/\\])/.test(wanted) ? machine.home + wanted.slice(1) : wanted;
  const bare = path.basename(expanded) === expanded;
  const command = bare ? await onPath(expanded, machine) : expanded;
  if (command !== undefined && path.isAbsolute(command) && (await machine.isProgram(command))) {
    return { command, args: [] };
  }
  return {
    why: `The setting codex.server.path is "${wanted}", and there is no such program. It takes an absolute path (~ is your home) or a name on the PATH.`,
  };
}

async function onPath(name: string, machine: Machine): Promise<string | undefined> {
  for (const folder of pathFolders(machine)) {
    const file = path.join(folder, program(name, machine));
    if (await machine.isProgram(file)) {
      return file;
    }
  }
  return undefined;
}

function pathFolders(machine: Machine): string[] {
  const value = machine.env['PATH'] ?? machine.env['Path'] ?? '';
  // A relative entry means the folder that happens to be open.
  return value.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

/** Editors started from a desktop often do not have these on their PATH. */
function toolFolders(machine: Machine): string[] {
  const { env, home, platform } = machine;
  const own = [env['UV_TOOL_BIN_DIR'], env['PIPX_BIN_DIR'], env['XDG_BIN_HOME'], path.join(home, '.local', 'bin')];
  const shared = platform === 'win32' ? [] : ['/opt/homebrew/bin', '/usr/local/bin'];
  return [...own, ...shared].filter((folder): folder is string => folder !== undefined && path.isAbsolute(folder));
}

function program(name: string, machine: Machine): string {
  return machine.platform === 'win32' && !name.endsWith('.exe') ? `${name}.exe` : name;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function hasServer(python: string): Promise<boolean> {
  const question = 'import importlib.util, sys; sys.exit(not importlib.util.find_spec("lsp_codex"))';
  return new Promise((resolve) => {
    execFile(python, [...ISOLATED, '-c', question], { timeout: 5000 }, (error) => {
      resolve(error === null);
    });
  });
}
