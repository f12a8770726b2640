import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const POLL_MS = 200;

/**
 * Runs `work` while no other process on this machine runs anything under the same lock, and returns what it returns.
 * Waits for as long as the process that holds the lock lives; a lock whose holder died is taken over.
 *
 * A lock is a directory with a file in it. Renaming onto a directory that is not empty fails, so of many only one can
 * put its own in place, and only one can move a dead one out of the way: the name it is moved to is its holder's.
 */
export function withLock(lock, say, work) {
  const owner = `${process.pid}-${Date.now()}`;
  mkdirSync(`${lock}.${owner}`, { recursive: true });
  writeFileSync(join(`${lock}.${owner}`, "owner"), owner);
  const removed = [];
  let told = false;
  while (!tryRename(`${lock}.${owner}`, lock)) {
    const holder = holderOf(lock);
    if (holder !== undefined && !isAlive(holder)) {
      if (tryRename(lock, `${lock}.${holder}.dead`)) removed.push(`${lock}.${holder}.dead`);
      continue;
    }
    if (!told && holder !== undefined) say(`waiting for process ${processId(holder)}, which holds ${lock} …`);
    told = told || holder !== undefined;
    sleep(POLL_MS);
  }
  try {
    return work();
  } finally {
    for (const directory of [lock, ...removed]) rmSync(directory, { recursive: true, force: true });
  }
}

function tryRename(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Undefined when nobody holds it by now. */
function holderOf(lock) {
  try {
    return readFileSync(join(lock, "owner"), "utf8");
  } catch {
    return undefined;
  }
}

function isAlive(holder) {
  try {
    process.kill(processId(holder), 0);
    return true;
  } catch (error) {
    // It lives and belongs to another user.
    return error.code === "EPERM";
  }
}

function processId(holder) {
  return Number.parseInt(holder, 10);
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
