/**
 * `node dev/run.mjs demo/demo.ts ARGS`: runs one of the project's TypeScript programs on the project's own Node 24.
 *
 * Plain JavaScript without dependencies, for any Node >= 20, because in a fresh clone nothing else can run yet. It installs
 * the packages when they are missing or older than package-lock.json, and only then starts Node 24 as a child: the shell that
 * npm started has already looked up `node`, so the Node that runs this line stays the machine's own.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WINDOWS = process.platform === 'win32';
/** The hash of the lock file that node_modules was installed from is kept in node_modules itself, so it goes with it. */
export function packagesAreCurrent(root) {
  const stamp = join(root, 'node_modules', '.installed-from');
  const npmsOwnRecord = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(npmsOwnRecord) || !existsSync(nodeProgram(root))) return false;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash(root)) return true;
  // `npm ci` or `npm install` was run by hand after the lock file last changed.
  return statSync(npmsOwnRecord).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** Path of the Node 24 that the `node` package brings. npm's own shim is a `.cmd` file on Windows, which cannot be spawned. */
export function nodeProgram(root) {
  return join(root, 'node_modules', 'node', 'bin', WINDOWS ? 'node.exe' : 'node');
}

function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function installPackages(root) {
  const startedAt = performance.now();
  process.stdout.write('Installing packages (first run, about a minute) ... ');
  const path = (process.env.PATH ?? '').split(delimiter);
  const result = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    encoding: 'utf8',
    shell: WINDOWS,
    // npm deletes node_modules first: it must not itself be running from there.
    env: { ...process.env, PATH: path.filter((folder) => !folder.includes('node_modules')).join(delimiter) },
  });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  if (result.status !== 0) {
    const said = result.error ? String(result.error.message) : `${result.stdout}${result.stderr}`;
    process.stdout.write(`failed after ${seconds} s\n${said}\n`);
    process.exit(1);
  }
  if (!existsSync(nodeProgram(root))) {
    process.stdout.write(
      `failed after ${seconds} s\nThe package "node" is there without its program. Install scripts seem to be switched off ` +
        '(npm setting ignore-scripts); run `npm ci --ignore-scripts=false` once.\n',
    );
    process.exit(1);
  }
  writeFileSync(join(root, 'node_modules', '.installed-from'), lockHash(root));
  process.stdout.write(`done in ${seconds} s\n`);
}

/** Settings come from .env if there is one (Node would say so aloud if there is none). */
function nodeFlags(root) {
  const quiet = ['--disable-warning=ExperimentalWarning'];
  return existsSync(join(root, '.env')) ? [...quiet, '--env-file=.env'] : quiet;
}

function run(root, args) {
  const binaries = join(root, 'node_modules', '.bin');
  const child = spawn(nodeProgram(root), [...nodeFlags(root), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` },
  });
  // A terminal's Ctrl-C reaches the child by itself. npm and supervisors signal this process only, and it must outlive the child.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`Cannot start ${nodeProgram(root)}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('close', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

// Not when a test imports this file. The path typed may lead through a symbolic link, import.meta.url never does.
if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const args = process.argv.slice(2);
  if (args.length === 0) {
    process.stderr.write('Usage: node dev/run.mjs SCRIPT.ts [ARGUMENTS]\n');
    process.exit(2);
  }
  if (!packagesAreCurrent(root)) installPackages(root);
  run(root, args);
}
