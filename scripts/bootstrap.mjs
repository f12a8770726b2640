// Installs what package-lock.json names, if it is not installed yet. Every npm script starts with this, and so does
// bin/millrace.mjs, so a fresh clone needs nothing but Node 18 and npm. It runs before anything is installed:
// plain JavaScript, no dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./process-lock.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The Node that runs everything else; npm installs it like any other dependency. */
export const nodePath = join(root, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");

/**
 * Returns when node_modules is what package-lock.json says, after `npm ci` if need be. Of two that start at once one
 * installs and the other waits. Ends the process with npm's exit code when the installation fails.
 */
export function bootstrap() {
  if (isInstalled()) return;
  const status = withLock(join(root, ".millrace/install-lock"), say, () => (isInstalled() ? 0 : install()));
  if (status !== 0) process.exit(status);
}

/** Compares contents, not times: a checkout that touches the lockfile and changes nothing in it installs nothing. */
function isInstalled() {
  const installed = packagesIn("node_modules/.package-lock.json");
  if (installed === undefined || !existsSync(nodePath)) return false;
  const { "": _self, ...locked } = packagesIn("package-lock.json") ?? {};
  return (
    Object.keys(installed).every((path) => path in locked) &&
    Object.keys(locked).every((path) => isSame(locked[path], installed[path]))
  );
}

/** npm leaves out optional packages that are made for other machines. */
function isSame(locked, installed) {
  if (installed === undefined) return locked.optional === true;
  return locked.version === installed.version && locked.integrity === installed.integrity;
}

/** Undefined when there is no such file, or half of one. */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

function install() {
  say("installing dependencies into node_modules (npm ci), about half a minute …");
  const started = Date.now();
  // What npm prints goes to stderr: stdout belongs to the command that comes after.
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.error !== undefined)
    return fail(`npm does not start (${npm.error.message}). Install npm; it comes with Node.`);
  if (npm.status !== 0) return fail("npm ci failed; its messages are above.", npm.status ?? 1);
  if (!existsSync(nodePath)) {
    return fail("npm ran no install scripts, so Node is missing. Run: npm rebuild node --ignore-scripts=false");
  }
  say(`installed in ${Math.round((Date.now() - started) / 1000)} s.`);
  return 0;
}

function fail(message, status = 1) {
  say(message);
  return status;
}

function say(message) {
  process.stderr.write(`millrace: ${message}\n`);
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) bootstrap();
